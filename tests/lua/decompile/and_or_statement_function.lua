local f = a and function() return a end or function() return b end
local g = a or function() local x = a or b return x and a end
local h = a and {b = function() end} or nil
call(a or function() return 1 end)
