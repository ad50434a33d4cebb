local function f(a, b, c)
  g(a == "" and b or a, c == "" and false or c, c == 1 and nil or b)
  local x = {a == 1 and false or b, y = b and nil or c.d.e}
  g(1, (a == "x" or true) and b, (a and false or b) and c or x)
  t[a == "" and false or b] = c == 1 and false or h(a)
  return a == 1 and b, b == 2 and false or c
end
