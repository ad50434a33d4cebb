local a
if x then a = 1 end
local b
while x do
  local c
  x = g(c)
  local d
end
local e
do
  local f
  if f then e = f end
end
local g
return a, b, e, g
