local a, b, c = ...
a, b = b, a
a, b, c = c, a, b
a, b = 1, 2
a, b = f()
a, b, c = 1, f()
a, b = b + 1, a + 1
a, b = b.x, a.x
a, b = 1
a, b = nil, nil
b, a = a, b
a, a = 1, 2
return a, b, c
