local a = ...
f(not (-1 or nil))
local b = not (-1 or a)
if -1 and a then f() end
while not (-2.5 or a) do f() end
(nil)[nil] = not (-1 or nil)
a = (-1 or b) and a
a = -0.0 or b
