for i = 1, 9 do
  if a then goto c end
  b()
  ::c::
  d()
end
while x do
  if a then goto c end
  if b then goto e end
  b()
  ::c::
  d()
  ::e::
  f()
end
