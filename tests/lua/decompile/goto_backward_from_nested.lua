local function f(n)
  ::top::
  for i = 1, n do
    while g(i) do
      if h(i) then goto top end
      n = n - 1
    end
  end
end
