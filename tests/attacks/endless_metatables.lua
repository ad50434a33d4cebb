-- trick: a chain of metatables that has no end
-- stop: raw
-- agrees: 1
-- note: add(2, 3) returned {} with a metatable

local one = {}
setmetatable(one, one)
one.__index, one.__metatable = one, one
local function result() return setmetatable({}, one) end
add, reversed, greet, fail = result, result, result, result
