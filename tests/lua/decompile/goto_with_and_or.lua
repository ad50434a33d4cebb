local function f(a, b, c)
  if a and b then goto x end
  if a or c then goto y end
  if not (a and (b or c)) then goto x end
  ::y::
  print("y")
  ::x::
  print("x")
end
