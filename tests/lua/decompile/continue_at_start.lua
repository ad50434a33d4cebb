while x do
  ::top::
  local y = f()
  if y == 1 then goto top end
  print(y)
end
for i = 1, 3 do
  ::top::
  if g() then goto top end
end
