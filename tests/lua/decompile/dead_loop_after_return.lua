local function f(a)
  do return a end
  while a do a = a - 1 end
  for i = 1, a do print(i) end
  repeat a = a + 1 until a > 3
  if a then print(a) else print(1) end
end
