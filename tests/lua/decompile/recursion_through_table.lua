local t = {}
function t.f(n) if n > 0 then return t.f(n - 1) end return n end
function t:g(n) if n > 0 then return self:g(n - 1) end return self end
t.h = function(n) return n == 0 and 0 or t.h(n - 1) + 1 end
return t
