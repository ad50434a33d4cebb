local f = print
f(1)
local g = print
local x = 1
g(x)
local h, y = print, 2
h(y)
local t = {}
t.insert(t, 1)
local s = string
s.format("x")
local m = s.rep
m("x", 2)
