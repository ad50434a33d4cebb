-- trick: recursion through a metamethod of C and Lua
-- verdict: error
-- layer: interpreter

local t = setmetatable({}, {})
getmetatable(t).__index = function(self, key) return self[key .. "x"] end
print(t.x)
