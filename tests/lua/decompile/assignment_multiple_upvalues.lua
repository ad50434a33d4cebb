local a, b, c = ...
return function(x)
  a, b = b, a
  a, b, c = x, a, b
  a, x = x, a
  x, a = a, x
  a.y, b = b, a
  b, a.y = a, b
  a, b = f()
  a, b, x = x
  t, a, x = a, x, t
end
