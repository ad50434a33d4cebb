local function f(a, b)
  if a == 1 then
    return 1
  elseif a == 2 and b then
    b = a
  elseif not a or b == 3 then
    if b then a = 1 end
  elseif a < b then
    while a < b do a = a + 1 end
  elseif f(a) then
    local c = f(b)
    return c, a
  else
    error("none")
  end
  return a, b
end
