local t = {
  f(a or b),
  a and f(b) or g(c),
  x = f(a) or g(b),
  [a or b] = (f(c)),
  y = a == b,
  a ~= b,
  not a,
  (a or b):c(),
}
