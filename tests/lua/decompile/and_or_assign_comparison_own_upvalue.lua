local x, y = ...
return function()
  x = x == nil or x
  x = y and x
  x = x or y == x
  x = not (x and y) or x
  x = x and 1 or x
end
