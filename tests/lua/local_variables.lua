local a
local b, c = 1
local a = a
do
  local a, d = 2, 3
  b = a + d
end
local b = b
return a, b, c
