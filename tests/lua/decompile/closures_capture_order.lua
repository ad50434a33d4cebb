local a, b, c, d = ...
local f = function() return d, c, b, a end
local g = function() return a, b, c, d end
local h = function() b = c; return function() return d, a end end
return f, g, h
