for i = 1, 10 do
  local x = i
  t[i] = function() x = x + i return x end
  if x > 5 then break end
  if x > 4 then
    print(x)
    break
  end
end
