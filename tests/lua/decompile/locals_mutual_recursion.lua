local even, odd
function even(n)
  if n == 0 then return true end
  return odd(n - 1)
end
function odd(n)
  if n == 0 then return false end
  return even(n - 1)
end
local a, b
a = function() return b() end
b = function() return a() end
return even, odd, a, b
