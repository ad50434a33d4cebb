local a
local b = 1
local c, d = nil, 2
local e, g = 3, nil
local h
h = nil
a = nil
a, b = nil
local i, j, k = nil, f(), nil
x = nil
local l = x
