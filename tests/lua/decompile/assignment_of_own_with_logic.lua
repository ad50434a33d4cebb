local function f(p, q, r)
  p, q = 1, p or true
  q, p = p and r, "x"
  p, q, r = q or r, p and q, r or p
  r, p = p == q, q
  x, p = 1, p or q
  p, x = q and r or p, 2
  return (a or (b or q)) and p
end
