local function f(n)
  repeat
    local x = g()
    if x == 1 then goto stop end
    if x == 2 then goto again end
    h(x)
    ::again::
  until n == 0
  print("normal")
  ::stop::
end
