local function f(a)
  if a then goto done end
  local x = h()
  g(function() return x end)
  if x then goto done end
  print(x)
  ::done::
end
