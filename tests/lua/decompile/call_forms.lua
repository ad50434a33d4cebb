f()
f(1)
f(1, 2, 3)
f(...)
f(1, ...)
f((...))
f(g())
f(1, g())
f((g()))
f(g(), 1)
f{}
f{1}
f"x"
f[[x]]
f(nil, nil)
f(nil)
f(function() end)
