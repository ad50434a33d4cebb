local a, b, c = ...
local t = {a, b, c}
local u = {a = a, b = b, [c] = c}
local v = {a.x, b[1], c.y.z}
local w = {a + b, b .. c, -a}
local x = {t, u, {v, w}}
return {a = t, b = {u}}
