o.a, o.b, o.c, p = f(d)
local x, y = {}, {}
x.a, x.b, y.c, y.d = f()
x.first, x.second = x:split(y)
a, b, c.d, e = g(h)
