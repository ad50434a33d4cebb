local function f(x)
  if x then goto done end
  do
    local y = x + 1
    print(y)
  end
  ::done::
  return x
end
return f
