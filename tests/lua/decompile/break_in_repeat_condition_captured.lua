repeat
  local a = f()
  if a == 1 then break end
  g(function() return a end)
until a == 2
