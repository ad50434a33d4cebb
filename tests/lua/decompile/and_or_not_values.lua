local a, b, c = ...
local x = not a
local y = not not a
local z = not a and b
local w = a and not b
local v = not (a and b)
local u = not (a or b)
local t = not (not a and b)
local s = not a or not b
local r = not (not a or not b) and c
return x, y, z, w, v, u, t, s, r
