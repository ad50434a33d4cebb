do
  if a then goto done end
  local x = f()
  g(function() return x end)
  ::done::
end
print("after")
