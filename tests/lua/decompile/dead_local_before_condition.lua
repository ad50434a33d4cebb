local function f(p, q)
  do local a = p end
  if p.x then
    local b = p
    f(function() return b end)
  end
  do local c = q end
  while q.x do
    local d = q
    f(function() return d end)
  end
end
