function f() end
function g(a) return g(a - 1) end
function a.f() end
function a.b.c.d() end
function a:m() return self end
function a.b:m(x) return self, x end
f, g = g, f
f = function() end
