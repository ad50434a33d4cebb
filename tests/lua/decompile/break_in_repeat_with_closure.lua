repeat
  local a = f()
  if a then break end
  g(function() return a end)
until h()
