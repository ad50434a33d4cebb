local i, s = 0, 0
while i < 10 do
  i = i + 1
  if i % 3 == 0 then goto continue end
  s = s + i
  if s > 20 then goto continue end
  print(s)
  ::continue::
end
