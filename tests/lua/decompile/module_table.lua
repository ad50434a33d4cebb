local M = {}
local private = {}
M.VERSION = "1.0"
local function helper(x) return private[x] end
function M.new(name)
  local self = setmetatable({}, {__index = M})
  self.name = name or "none"
  self.items = {}
  return self
end
function M:add(item, ...)
  if not item then return nil, "no item" end
  self.items[#self.items + 1] = item
  private[item] = true
  if select("#", ...) > 0 then return self:add(...) end
  return self
end
function M:each(f)
  for i, item in ipairs(self.items) do
    local ok, err = pcall(f, item, i)
    if not ok then error(("item %d: %s"):format(i, err), 2) end
  end
end
return M
