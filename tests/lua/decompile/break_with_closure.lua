while true do
  local x = f()
  g(function() return x end)
  if x then break end
  h(x)
end
