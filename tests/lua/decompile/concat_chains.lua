local a, b, c = ...
local x = a .. b
local y = a .. b .. c
local z = (a .. b) .. c
local w = a .. (b .. c)
local v = a .. "x" .. b .. "y" .. c
local u = (a .. b) .. (b .. c)
local t = a .. b + c .. a * b
local s = "a" .. "b" .. "c"
local r = a .. f(b .. c) .. c
local q = -(a .. b)
local p = a .. b == b .. a
return x .. y .. z .. w, v, u, t, s, r, q, p
