do local a = f() g(function() return a end) end
local b = f()
do local c = b g(function() return c end) end
local d = function() return b end
return d
