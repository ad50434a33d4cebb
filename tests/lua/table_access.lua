local t, k = ...
t.x = t.y
t[1] = t[k]
t[k] = 1
t["with space"] = t[1.5]
t.a.b.c = t.a.b.d
global = other
_ENV.global = _ENV[k]
return t.x, t[true]
