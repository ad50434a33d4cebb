for i = 1, 10 do
  for j = i, 10 do
    if t[j] then
      if u[j] then break end
      f(i, j)
    end
    if i * j > 50 then break end
  end
  if v[i] then break end
end
