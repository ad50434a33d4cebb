if a then
  while b do c() end
end
if a then
  while b do c() end
else
  while d do e() end
end
if a then
  repeat c() until b
else
  repeat d() until e
end
