local f = function() end
local g = function(a, b) return b, a end
local h = function(...) return ... end
return function() return f end, g, h, function() end
