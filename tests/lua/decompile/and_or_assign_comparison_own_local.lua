local x, y = ...
x = x == nil or x
x = x == nil and x
x = x ~= nil and x or y
x = y == 1 or x
x = y and x == 1
x = x == y
x = not x
x = not x or x
x = not x and x
x = not (x and y) or x
return x
