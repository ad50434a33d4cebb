local function f(n)
  ::top::
  for i = 1, n do
    local j = i
    k(function() return j end)
    if h(i) then goto top end
  end
end
