local function f(_ENV)
  a = b
  return c(d)
end
local function g(_ENV, x) return function() return x, y end end
return function(...) local _ENV = ... return x end
