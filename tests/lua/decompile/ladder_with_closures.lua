local function f(x)
  if x == 1 then
    local a = x
    g(function() return a end)
  elseif x == 2 then
    local b = x
    g(function() return b end)
  elseif x == 3 then
    g(x)
  end
end
for i = 1, 3 do
  if i == 1 then
    local a = i
    g(function() return a, i end)
  elseif i == 2 then
    break
  else
    local c = i
    g(function() return c end)
    break
  end
end
