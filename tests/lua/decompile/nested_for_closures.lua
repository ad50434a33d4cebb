for i = 1, 3 do
  for j = 1, 3 do
    f(function() return i end)
  end
  for j = 1, 3 do
    f(function() return j end)
  end
  for j = 1, 3 do
    local k = i + j
    f(function() return i, j, k end)
  end
end
