repeat
  local x, y = f()
  t[#t + 1] = function() return x, y end
until x and y
