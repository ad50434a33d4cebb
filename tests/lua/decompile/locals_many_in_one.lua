local a, b, c, d, e, f = 1, 2, 3
local g, h, i = f()
local j, k, l = 1, f()
local m, n, o = f(), 2
local p, q = f(), g()
local r, s, t = ...
return a, c, e, g, i, j, l, m, o, p, r, t
