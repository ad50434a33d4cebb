local a, b = ...
local c = a
local d = c
a = d
c, d = d, c
local e, f = a, b
b = b
a = a
local g = (a)
do local a = a; b = a end
return c, d, e, f, g
