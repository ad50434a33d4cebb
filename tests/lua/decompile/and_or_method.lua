local x = (a or b):c(d or e)
local y = (a and b):c()
a:b(c and d):e(f or g)
a:b(c == d)
local z = a:b() or a:c()
local w = a:b() and a:c():d() or nil
