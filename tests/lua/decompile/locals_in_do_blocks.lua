do local a = 1 end
do local a = f() end
do local a = f() g(a) end
do local a, b = f() g(b, a) end
do
  local a = 1
  do local b = 2 g(a, b) end
  do local c = 3 g(a, c) end
  g(a)
end
local z = 1
do local y = 2 z = y end
return z
