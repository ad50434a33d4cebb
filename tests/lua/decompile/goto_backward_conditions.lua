local function f(a, b, c)
  ::x::
  a = g(a)
  if a and b then goto x end
  if a or c then goto x end
  if not (a and (b or c)) then goto x end
  if a == 1 or b ~= 2 and c < 3 then goto x end
end
