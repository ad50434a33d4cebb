local x, y = ...
x = x or y
x = x and y
x = y or x
x = y and x
x = x and x or y
x = y and x or x
x = (x or y) and x
x = x or x
x = x and x
return x
