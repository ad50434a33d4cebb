local a, b, c = ...
local x = a == b and c
local y = a == b or c
local z = c and a == b
local w = c or a == b
local v = a == b and b == c
local u = a == b or b == c
local t = a < b and b < c or c < a
local s = (a == b) == (b == c)
local r = not (a == b and c)
local q = (a == b) ~= c
return x, y, z, w, v, u, t, s, r, q
