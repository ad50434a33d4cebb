local _ENV = {print = print}
x = 1
print(x)
local function f() return x, y end
do
  local _ENV = {}
  x = 2
end
return x
