repeat
  local x = f()
  if not x then break end
  local y = g(x)
  if not y then break end
  h(x, y)
until true
