local function f(n)
  repeat
    local x = g(n)
    local function h() return x end
    n = n + h()
  until x > 3 and (n < 10 or not x)
  return n
end
return f
