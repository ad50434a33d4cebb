local a, b
a = 1, 2
a, b = 1, 2, 3
x = 1, 2
x, y = 1, 2, f()
a = f(), g()
a = b, f()
t.x = 1, 2
t.x, t.y = 1, 2, 3
a, b = f(), g(), h()
a = 1, b, nil
