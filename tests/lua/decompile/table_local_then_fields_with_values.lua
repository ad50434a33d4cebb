local t = {}
t.x = {}
t.x.y = f(t)
t[t.x] = t
t.f = function() return t end
t[1], t[2] = 1, 2
return t
