local function f(x)
  if x then goto skip; end
  if x then goto skip; print("dead") end
  print(1)
  ::skip::
  print(2)
end
