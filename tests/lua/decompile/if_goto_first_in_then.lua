local function f(a, b)
  if a then
    goto out
  elseif b then
    do goto out end
  end
  print(1)
  if a then do goto out end else print(2) end
  ::out::
end
for i = 1, 3 do
  if f() then
    do break end
  end
  if g() then
    do break end
  else
    h()
  end
  if i then
  else
    break
  end
end
