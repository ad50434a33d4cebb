do
  local a = 1
  do
    local b = 2
    f(function() return a + b end)
  end
  g()
end
do
  local a = 1
  do
    local b = 2
    f(function() return a + b end)
  end
end
