local f, a, b = ...
return function(c)
  f(a, b)
  a.x(b)
  a:y(b)
  a[b](c)
  local d = f(a)
  return f(d, c)
end
