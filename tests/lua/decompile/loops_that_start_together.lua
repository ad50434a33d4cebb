if p then
  repeat
    repeat until false
    f(function() return p end)
  until false
end
while true do
  while true do
    if a() then break end
  end
  b()
end
repeat
  repeat
    repeat local c = f() until c
  until d
  e()
until g
while true do
  repeat
    h()
  until i
end
while true do
  while j do
    k()
  end
  if l then break end
end
