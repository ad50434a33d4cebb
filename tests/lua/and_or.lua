local a, b, c = ...
local x = a and b
local y = a or b
local z = a and b or c
local w = (a or b) and (b or c)
x = x and y or false
return not (x and y), z or nil, w and 1 or "none", a == b and b ~= c
