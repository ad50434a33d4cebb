-- 50 lines that use nearly all opcodes: all but LOADKX and EXTRAARG, which luac needs for very large functions alone.
local a, b, c = 7, 3, nil
local list = { 1, 2, 3, name = "list" }

local function arithmetic(x, y)
  return x + y, x - y, x * y, x / y, x % y, x ^ y, x // y, -x
end

local function bits(x, y)
  return x & y, x | y, x ~ y, x << y, x >> y, ~x
end

local function compare(x, y)
  if x == y then
    return "equal"
  elseif x < y then
    return "less"
  elseif x <= y then
    return not x
  end
  return x and y or list
end

local function count(...)
  local n = 0
  for i = 1, select("#", ...) do
    n = n + i
  end
  for key, value in pairs(list) do
    list[key] = value .. ":" .. n
  end
  return n, ...
end

function list:method(other)
  c = other
  total = #self
  return self:inner(c)
end

function list.inner(self, value)
  while value do
    value = value.next
  end
  return count(value)
end

local ok = a > b
print(arithmetic(a, b), bits(a, b), compare(a, b), ok)
return list:method({ next = false })
