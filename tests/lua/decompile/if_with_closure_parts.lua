local function f(a)
  if a then
    local x = a
    g(function() return x end)
  else
    local y = a
    h(function() return y end)
  end
  if a then
    local x = a
    g(function() return x end)
  end
end
