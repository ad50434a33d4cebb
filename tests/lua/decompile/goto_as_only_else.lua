local function f(x, y)
  if x then
    a()
  elseif y then
    goto out
  else
    b()
  end
  c()
  ::out::
  d()
end
