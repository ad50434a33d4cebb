local function f(x)
  if x then goto a else goto b end
  ::a::
  print("a")
  goto c
  ::b::
  print("b")
  ::c::
  print("c")
end
