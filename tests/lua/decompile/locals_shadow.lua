local a = 1
local a = a + 1
local a, b = a, a
do
  local a = a
  a = 2
  print(a)
end
local function a() return a end
local a = function() return a end
print(a, b)
