repeat
  local x = f()
  g(function() return x end)
  if x then break end
until false
