local a = 1
local b
local c, d = 2
local e = f()
local g, h = f()
local i = function() end
local j = {}
local k = "x" .. a
local l = not a
local m = a == b
