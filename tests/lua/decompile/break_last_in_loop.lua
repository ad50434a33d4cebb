while a do
  b()
  break
end
for i = 1, 3 do
  b(i)
  break
end
repeat
  c()
  break
until d
