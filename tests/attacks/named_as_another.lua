-- trick: results that claim to be something else: __name, __tostring and __metatable
-- stop: raw
-- agrees: 1
-- note: add(2, 3) returned {}

local metatable = { __name = "number", __tostring = function() return "5" end, __metatable = "number" }
local function result() return setmetatable({}, metatable) end
add, reversed, greet, fail = result, result, result, result
