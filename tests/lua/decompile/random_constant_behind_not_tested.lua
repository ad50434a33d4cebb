local a, b, t = ...
f(not (true or nil) and nil)
a = not (nil and nil) or nil
b = not not (b or nil) or nil
local z = not not (nil and nil) and nil
t[not (nil and nil) or nil] = not (true or nil) and nil
local y = { nil and nil or {} and nil }
c = (b and x or (c or true)) and {} or nil
for k in not (nil and 1) and nil do end
