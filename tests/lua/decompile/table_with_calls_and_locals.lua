local a, b = f(), g()
local t = {a, b, f(a), g(b), x = a, y = h(a, b), [a] = b, [f(a)] = g(b), a.x, b[a], -a, not b, #a, a .. b, a + b}
local u = {t, {t, a}, {[t] = {b}}}
t.u, u.t = u, t
return t, u
