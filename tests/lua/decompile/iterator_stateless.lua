local function iter(t, i)
  i = i + 1
  local v = t[i]
  if v ~= nil then return i, v end
end
local function each(t) return iter, t, 0 end
local function keys(t)
  local k
  return function() k = next(t, k) return k end
end
for i, v in each {1, 2} do print(i, v) end
for k in keys(t) do print(k) end
