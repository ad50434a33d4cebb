local a, b
a = function() return a end
b, a = function() return b end, function() return a end
x, y = function() end, {}
t.x = function() return t end
t.x, t.y = function() end, function() end
a, b = {}, {}
