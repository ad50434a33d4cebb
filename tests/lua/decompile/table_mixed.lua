local t = {1, x = 2, 3, y = 4, 5, [6] = 7, f(), z = g(), h()}
local u = {x = 1, 2, 3}
local v = {1, 2, x = 3}
local w = {x = 1, f()}
local y = {f(), x = 1}
local z = {x = f(), ...}
local s = {a = 1, {b = 2, {c = 3}}, d = 4, ...}
