for i = 1, 3 do
  local a = i
  for j = 1, 3 do
    local b = j
    f(function() return a, b end)
    if b == 2 then break end
  end
  f(function() return a end)
end
while x do
  local a = f()
  while y do
    local b = g(a)
    h(function() return a, b end)
  end
end
