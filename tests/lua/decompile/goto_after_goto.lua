local function f(x)
  goto a
  print("dead")
  ::a::
  if x then goto b end
  goto c
  ::b:: print("b")
  ::c:: print("c")
end
