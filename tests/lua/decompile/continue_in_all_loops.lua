for i = 1, 9 do
  if a then goto c end
  b()
  ::c::
end
for k in pairs(t) do
  if a then goto c end
  b()
  ::c::
end
while x do
  if a then goto c end
  b()
  ::c::
end
repeat
  if a then goto c end
  b()
  ::c::
until x
