if a then
  b()
else
  if c then d() end
  e()
end
if a then
  b()
else
  e()
  if c then d() end
end
