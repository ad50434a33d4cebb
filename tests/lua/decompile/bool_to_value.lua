local function f(a, b)
  local x = a and true or false
  local y = not not a
  local z = a and b and true
  local w = a == b or false
  local v = (a == b) and 1 or 0
  local u = a ~= nil
  return x, y, z, w, v, u
end
return f
