for i = 1, 9 do
  if a then goto c end
  if b then break end
  d()
  ::c::
end
while true do
  if a then goto c end
  if b then break end
  if d then
    e()
    goto c
  end
  f()
  ::c::
end
