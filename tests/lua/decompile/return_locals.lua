local function f()
  local a, b = g()
  return a, b
end
local function h()
  local a = g()
  return a
end
local function i()
  local a = g()
  local b = a.x
  return b, a
end
local function j(a, b, c) return a, b, c end
