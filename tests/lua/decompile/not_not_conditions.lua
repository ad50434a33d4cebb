local function f(p, q)
  for i = 1, 3 do
    if not (q and not p) then return end
    if not (q or not p) then break end
  end
  if not not p then goto out end
  if q or not not p then goto out end
  ::top::
  if not not q and p then goto top end
  if p or not (not q) then goto top end
  ::out::
end
