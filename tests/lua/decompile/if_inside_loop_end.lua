while a do
  if b then
    if c then d() end
  end
end
for i = 1, 3 do
  if b then
    if c then d() end
  else
    e()
  end
end
