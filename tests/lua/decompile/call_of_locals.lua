local f, a, b = ...
f()
f(a)
f(a, b)
f(f(a), b)
a.f(b)
a:f(b)
a[b](f)
local c = f(a)
local d = c(b)
c, d = d, c
f(c, d)
return f(a)
