local function f(a, b)
  a = a or 1
  b = b == nil and 2 or b
  if not a then a = b end
  a, b = b, a
  a = a + b
  a.x = b
  return a, b
end
