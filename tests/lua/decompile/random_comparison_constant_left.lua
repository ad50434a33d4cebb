if nil >= t then end
local v1 = nil >= f
y = ("b" > "a") < ("c" <= "d")
