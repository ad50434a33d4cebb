local function f(x)
  if x then
    local y = x
    return function() return y end
  else
    local z = x
    g(function() return z end)
  end
  local w = x
  if w then
    local v = w
    h(function() v = w end)
  end
  return w
end
