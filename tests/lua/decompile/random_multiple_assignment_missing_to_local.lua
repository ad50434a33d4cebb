local e
e[nil], e[nil] = x
local a = f
a[1], a[2] = x
local b = g()
b.x, b.y = x
local c = t
c[1], c[2], c[3] = x, y
local d
v1[nil], d[nil] = v3
local v3 = w
a, v3[nil], v1[nil] = nil
