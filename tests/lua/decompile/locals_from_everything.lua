local t, u = ...
local a = t
local b = t.x
local c = t[1]
local d = t[u]
local e = u + 1
local f = -u
local g = f(u)
local h = t:m()
local i = "s"
local j = 1.5
local k = true
local l = nil
local m = {}
local n = function() end
local o = ...
local p = t and u
local q = t == u
local r = t .. u
local s = globalname
return a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s
