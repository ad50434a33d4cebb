local a = f()
local b = a + g()
local c = f()
local d = g() + c
local e = f()
t[e] = g()
local h = g()
t.x = h + 1
local i = t.y
i(t)
local j = t.z
if j then k() end
local l = t.w
return l == 1
