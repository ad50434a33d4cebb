local c
(nil)[nil], c = 5, c
local a, b = ...
a["late"], b = "early" .. a, b
t.first, a = {"second"}, a
