local function f(p, q)
  if e then q = nil < e.x end
  g(1 and (true < (q == p)))
  q = true > (p == q)
  p = "a" <= p.a
  p = p.b >= "b"
  q = nil == p.c
  return 1 < #p, #p > 2, 3 < f(4), f(5) > 6
end
