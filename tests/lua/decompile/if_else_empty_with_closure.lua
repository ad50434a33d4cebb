local function f(p, q)
  if p then
    local a
    g(function() return a end)
  else
  end
  if q then
    local b = p
    g(function() return b end)
    return
  else end
end
local function h(q)
  while q do
    if q then local c = q g(function() return c end) else end
  end
end
