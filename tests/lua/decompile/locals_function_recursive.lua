local function fact(n)
  if n <= 1 then return 1 end
  return n * fact(n - 1)
end
local function a() return a end
local b = function() return b end
local c
c = function() return c() end
local d; function d() return d end
return fact, a, b, c
