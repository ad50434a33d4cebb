local i = 1
for i = i, 10 do
  local i = i + 1
  for i = 1, i do print(i) end
end
for k, v in pairs(i) do
  local k, v = v, k
  print(k, v)
end
return i
