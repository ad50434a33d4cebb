local function f(a)
  goto start
  ::start::
  print(a)
  if a then goto start end
end
return f
