for i = 1, 9 do
  if a(i) then
    b(i)
  else
    break
  end
end
for i = 1, 9 do
  if a(i) then
    b(i)
  elseif c(i) then
    break
  else
    d(i)
  end
end
