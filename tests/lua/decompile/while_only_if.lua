while a do
  if b then c() end
end
while a do
  if b then c() else d() end
end
while a do
  if b then c() elseif d then e() end
end
while a do
  if b then return end
end
