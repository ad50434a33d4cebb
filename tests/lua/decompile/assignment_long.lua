local t = ...
t.a, t.b, t.c, t.d, t.e, t.f, t.g, t.h = 1, 2, 3, 4, 5, 6, 7, 8
t.a, t.b, t.c, t.d, t.e, t.f, t.g, t.h = t.h, t.g, t.f, t.e, t.d, t.c, t.b, t.a
a, b, c, d, e, f, g, h = h, g, f, e, d, c, b, a
t[1], t[2], t[3], t[4] = f()
