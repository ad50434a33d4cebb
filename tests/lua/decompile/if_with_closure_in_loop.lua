for i = 1, 3 do
  if i == 1 then
    local x = i
    g(function() return x end)
  elseif i == 2 then
    local y = i
    h(function() return y end)
  else
    print(i)
  end
end
while a do
  if b then
    local x = a
    g(function() return x end)
  else
    local y = a
    h(function() return y end)
  end
end
