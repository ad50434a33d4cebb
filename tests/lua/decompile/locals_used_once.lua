local a = f()
g(a)
local b = f(1, 2)
return b
