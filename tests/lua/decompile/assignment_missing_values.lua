local a, b, c
a, b, c = 1
a, b, c = f()
a, b, c = 1, f()
x, y, z = 1
x, y, z = nil
t.x, t.y, t.z = 1
t.x, t.y, t.z = 1, 2
g, h = x
i, j = x, nil
