local function counter(start)
  local n = start or 0
  return function(step)
    n = n + (step or 1)
    return n
  end, function() return n end
end
local a, b = counter()
return a(), b()
