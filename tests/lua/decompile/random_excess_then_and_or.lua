local function f(...)
  local v0 = nil, nil
  local v2 = v0 or function() end
  g(v2)
end
local function h()
  local v0 = nil, nil
  return v0 and {}
end
local function i()
  local v0 = nil, h
  return v0 and h()
end
local function j()
  local v0 = nil, y
  local v2 = v0 or x[nil]
end
local function k()
  local v0 = nil, nil
  v0 = x or x or nil
end
local function l()
  local v0 = nil, y
  local v2 = not v0 or x[nil]
end
local function m()
  local v3 = x, nil
  local v4 = not v3 or nil and nil
  return v4
end
local v1 = y, nil
local v2 = v1 or h or v1
