for i = 1, 10 do
  local x = i
  t[i] = function() return x end
  if x > 5 then
    print(x)
  else
    break
  end
end
