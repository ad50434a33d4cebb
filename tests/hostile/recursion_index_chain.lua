-- trick: a chain of __index that is a circle
-- verdict: error
-- layer: interpreter

local t = {}
setmetatable(t, { __index = t })
print(t.x)
