if x then
  do
    local a = f()
    g(function() return a end)
  end
end
if x then
  do
    local a = f()
    g(function() return a end)
  end
else
  h()
end
