for i = 1, 3 do
  local a
  local b
  if i == 1 then a = i else b = i end
  print(a, b)
end
while true do
  local a
  local b, c
  a = f(b)
  if a then break end
end
repeat local a, b; b = a until b
