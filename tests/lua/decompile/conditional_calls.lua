local _ = a and f()
local _ = b or g(1)
if a then f() end
if not a then f() else g() end
_ = a and b and f(c)
local x = a and a:b() or nil
return a and f() or g()
