local a, t, f = ...
return function(x)
  a = a + 1
  a = a .. x
  t.x = a
  t[a] = x
  t.y.z = t[x]
  f(a)
  t:m(a, x)
  a, x = x, a
  local b = a
  if a then b = a end
  while a do a = f() end
  for i = a, x do t[i] = a end
  return a, t.x, f(x)
end
