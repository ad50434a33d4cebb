local e
e[nil], e[nil] = x
local a = f
a[1], a[2] = x
local b = g()
b.x, b.y = x
local c = t
c[1], c[2], c[3] = x, y
