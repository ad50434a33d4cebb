local t = {}
t.x = 1
t.y = 2
local u = {x = 1}
u.y = 2
u[1] = 3
local v = {1, 2}
v[3] = 3
v.x = v
x = {}
x.y = {}
x.y.z = {1}
