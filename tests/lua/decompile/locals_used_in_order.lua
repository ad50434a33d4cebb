local a = f()
local b = g()
h(a, b)
local c = f()
local d = g()
h(d, c)
local e = t.x
local k = t.y
t[e] = k
local l = f()
t.z = l
local m, n = f(), g()
return m + n
