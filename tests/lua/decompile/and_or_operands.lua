local a, b, c = ...
local x = (a or b) + c
local y = c + (a or b)
local z = (a or 1) + (b or 2)
local w = (a and b) .. (b and c)
local v = #(a or b)
local u = -(a and b)
local t = (a or b) == c
local s = (a and b) < (b and c)
return x, y, z, w, v, u, t, s
