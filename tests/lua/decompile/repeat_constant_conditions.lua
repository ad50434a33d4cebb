repeat a() until true
repeat
  b()
  if c then break end
until false
repeat
  d()
  if e then break end
until nil
repeat f() until 1
repeat g() until "x"
