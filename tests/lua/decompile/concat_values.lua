t.x = a .. b
t[a .. b] = c .. d
f(a .. b, c .. d)
local x = {a .. b, y = c .. d}
local z = a.b .. c:d() .. e[1]
return a .. b, f(a .. b)
