local function f()
  local y = nil, print, nil
  if (y and (nil and nil)) < y then end
end
local function g()
  local v0 = nil, nil, x
  ;(v0 and g())[nil] = x
end
local function h()
  local v0
  local v4 = nil, nil, x
  v2 = v0 and g()
end
local v3 = nil, y, v1
local v6 = v3 or v3()
