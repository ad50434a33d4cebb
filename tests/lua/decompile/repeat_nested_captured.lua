repeat
  local x = f()
  repeat
    local y = g(x)
    h(function() return x + y end)
  until y
until x
