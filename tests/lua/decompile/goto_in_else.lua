local function f(x)
  if x then
    print("yes")
  else
    goto out
  end
  print("more")
  ::out::
  print("out")
end
