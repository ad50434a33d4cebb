function f() end
function t.f(a) return a end
function t.u.v.f(a, b) return b, a end
function t.u:m(a, ...) return self, a, ... end
local function g(n) return n == 0 and 1 or n * g(n - 1) end
local h = function() end
return g, h
