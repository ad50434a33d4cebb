local a, b, c, d, e, f = ...
local x = a and (b or c and (d or e and f))
local y = a or b and (c or d and (e or f))
local z = ((a and b) or (c and d)) and ((e or f) and (a or b))
local w = not (a and (b or not (c and d)))
local v = (a and b or c and d or e and f)
local u = (a or b) and (c or d) and (e or f)
return x, y, z, w, v, u
