repeat local a until a
repeat
  local b
  g(b)
until b
repeat local c, d until c and d
while x do local e; if e then break end end
