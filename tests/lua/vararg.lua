local a, b = ...
local function f(x, ...)
  local y, z = ..., x
  print(...)
  print(..., 1)
  local t = {..., n = select("#", ...)}
  return ...
end
return f(...), (...)
