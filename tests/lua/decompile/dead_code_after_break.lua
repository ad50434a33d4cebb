while true do
  do break end
  f()
end
repeat
  do break end
  x = 1
until true
for i = 1, 3 do
  do break end
  local y = 2
  print(y)
end
