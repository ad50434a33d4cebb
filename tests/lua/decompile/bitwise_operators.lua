local a, b = ...
local x = a & b | a ~ b << 2 >> 1
local y = ~a & ~b
local z = (a | b) & 0xff
local w = a >> 4 & 0xf
local v = ~0 ~ a
local u = 0xffffffff & a | 0x80000000
return x, y, z, w, v, u
