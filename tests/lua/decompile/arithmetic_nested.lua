local a, b, c = ...
local x = (a + b) * (b + c) - (c + a) / (a - b)
local y = a + (b + (c + (a + (b + c))))
local z = ((((a + b) + c) + a) + b) + c
local w = a.x + b.y * c.z - a[b] % c[a]
local v = f(a) + f(b) * f(c)
local u = -f(a) - #b + ~c
return x, y, z, w, v, u
