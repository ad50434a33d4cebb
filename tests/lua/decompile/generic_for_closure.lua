for k, v in pairs(t) do
  u[k] = function() return k, v end
end
for k, v in pairs(t) do
  local w = v
  u[k] = function() return w end
  print(w)
end
for k in pairs(t) do
  do
    local x = k
    u[k] = function() return x end
  end
end
