local t = {f = 1, 1, 2, g = 2, 3, h = 3}
local u = {[1] = "a", "b", [2] = "c", "d"}
local v = {n = select("#", ...), ...}
local w = {first = t, (f()), second = u, (g())}
local x = {{1, x = 2}, y = {3, z = 4}, {5}}
return {t, u; v, w, x}
