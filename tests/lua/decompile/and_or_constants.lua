local a = ...
local b = a and 1 or 2
local c = a and "x" or nil
local d = a and nil or 2
local e = a and false or true
local f = a or false
local g = a and true
local h = a == 1 and "one" or a == 2 and "two" or "many"
local i = 1 and a
local j = nil or a
local k = false and a
local l = true or a
return b, c, d, e, f, g, h, i, j, k, l
