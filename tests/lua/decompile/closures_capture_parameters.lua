local function f(a, b, ...)
  local g = function() return a end
  local h = function() b = b + 1 return b end
  local i = function(...) return a, b, ... end
  return g, h, i, ...
end
return f
