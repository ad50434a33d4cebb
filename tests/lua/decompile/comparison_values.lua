local a, b = ...
local c = a == b
local d = a ~= b
local e = a < b
local f = a <= b
local g = a > b
local h = a >= b
local i = not (a == b)
local j = not (a < b)
local k = not not (a > b)
x = a == b
t.x = a < b
return a > b, c == d, not (a >= b)
