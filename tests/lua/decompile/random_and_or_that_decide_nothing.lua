local a, b, t = ...
f((a or (b or true)) and nil)
f(not (a and (b or not c) and t) or h)
f(a and b and nil or nil)
f(nil and (a and nil) or b)
f(nil == ((b or 1) and nil))
t[nil] = (a or true) and nil
t.x = ((a or b) or not false) and t
local w = (a or nil and (b or 1)) and nil
local z = ((a or b) and false or nil) and f()
for i = nil, (a or (b or true)) and nil do end
for k in (a and b and false or f) do end
f(a, (b and (a and false)) or c, { (a or true) and t })
return nil and a() or (nil and (a and nil) or f(b))
