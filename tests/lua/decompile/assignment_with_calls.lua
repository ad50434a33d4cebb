a.b, c.d = f(), g()
f().x, g().y = 1, 2
a[f()], b[g()] = h(), i()
a[f()] = b[g()]
f(a)[g(b)] = h(c)
a.x, b = f(g())
x, y = f{}, g""
