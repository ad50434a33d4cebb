local function f(a)
  if a then
    local x = 1
    g(function() return x end)
    do
      local y = 2
      g(function() return x + y end)
    end
  end
end
local function h(a)
  do
    local x = 1
    if a then
      local y = 2
      g(function() return x + y end)
    end
  end
end
