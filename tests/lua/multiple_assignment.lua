local a, b, c = 1, 2
a, b = b, a
a, b, c = f()
t.x, t[1], g = a, b, c
a, t[a], t[b] = 1
local i = 1
i, t[i] = i + 1, 20
return a, b, c
