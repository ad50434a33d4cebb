local name, value

f(not "end"):name()
f({not "s"}, g():name())
f(nil, not "t", nil):value(not "u"):last()

local one = t:value(("v" and name) < value():x())
local two = nil ~= ("w" and "x1" and ("y" and self))
local three = 1 < ("z" and ("z1" and ("z2" and self)))
