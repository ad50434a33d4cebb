repeat
  while a do b() end
  c()
until d
repeat
  repeat a() until b
  c()
until d
while x do
  repeat a() until b
end
while x do
  while y do z() end
end
