local a, b, c = nil, nil, nil
local function f()
  local x
  local y, z
  return x, y, z
end
a = nil
t.x = nil
return a == nil, nil, f()
