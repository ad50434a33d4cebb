local a, b
local function f(x)
  a = x or b
  b = a and x
  a = a or b
  a, b = a or b, b and a
  b = a == b
end
