local function f(x)
  do
    local y = x
    if y then return function() return y end end
  end
  while x do
    local z = x
    if z > 1 then return function() return z end end
    x = g(function() return z end)
  end
end
