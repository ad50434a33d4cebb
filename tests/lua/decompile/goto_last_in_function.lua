local function f(a, b)
  if a then goto out end
  print(a)
  if b then goto out end
  print(b)
  ::out::
end
return f
