-- trick: another metatable of strings, to fool the sandbox
-- verdict: ok
-- layer: lua

local outside, secret = ...
local metatable = getmetatable("")
metatable.__index = function() return function() end end
metatable.__eq, metatable.__lt, metatable.__concat = print, print, function() return "x" end
metatable.__name, metatable.__tostring = "number", function() return "x" end
local file = io.open(secret)
if file then io.write(file:read("a")) end
