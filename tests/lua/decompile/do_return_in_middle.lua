local function f(a, ...)
  do return a, ... end
  if a then do return end end
  do return a end
end
