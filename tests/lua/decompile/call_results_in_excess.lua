local a, b, c = 1, 2
local d, e = 1, 2, 3
local f1, g1 = 1, f(), 3
local h = f(), g()
local i = 1, f()
local j, k = f(), g(), h()
local l = ...
local m, n = 1, 2, ...
