repeat
  repeat
    a()
  until b
until c
repeat
  while d do e() end
until f
repeat
  for i = 1, 3 do g(i) end
until h
repeat
  if i then j() end
until k
repeat
  if l then m() else n() end
until o
