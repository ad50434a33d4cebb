do
  if a then goto done end
  local x = f()
  print(x)
  local y = g(x)
  print(y)
  ::done::
end
print("after")
