local a, b, c, t = ...
a = not not ("s" or c)
b = not not (true or nil)
local z = not not (nil and b)
f(not (not not c or a))
f(not (nil and b) or c)
f(not not (true or nil))
f(nil and not b or nil)
f(nil and not c or c)
t.x = nil and b ~= a or nil
t.y = not ((a or nil) and (b and c))
local y = not (a and nil or b or nil)
local x = (not b and a or nil) and nil
for k in not not (true or a) do end
for i = 1, not not ("s" or a) do end
return (true or not a) and nil
