while true do
  if a then break end
  b()
end
while true do
  if not a then break end
  if not b then break end
  c()
end
while a do
  if b then break end
  c()
end
while a do
  if not (b and c) then break end
  d()
end
