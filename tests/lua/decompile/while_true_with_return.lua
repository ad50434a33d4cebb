local function f()
  while true do
    local x = g()
    if x then return x end
  end
end
local function h()
  while true do
    return g()
  end
end
