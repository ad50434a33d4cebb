local a, b, c, d = ...
local x = a and b
local y = a or b
local z = a and b or c
local w = (a or b) and c
local v = a and b and c or d
local u = a or b and c or d
local t = (a or b) and (c or d)
local s = a and (b or c) and d
return x, y, z, w, v, u, t, s
