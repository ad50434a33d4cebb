-- trick: recursion through __tostring
-- verdict: error
-- layer: interpreter

local t = setmetatable({}, {})
getmetatable(t).__tostring = function(self) return tostring(self) end
print(t)
