local t = {a = 1, b = 2}
t.a = 3
t.b = 4
local u = {a = nil}
u.a = t
local v = {f = f()}
v.f = nil
local w = {1}
w[1] = 2
return {w = w}
