while x do
  do
    local a = f()
    g(function() return a end)
  end
end
for i = 1, 3 do
  do
    local a = f()
    g(function() return a end)
  end
  do
    local b = f()
    g(function() return b, i end)
  end
end
