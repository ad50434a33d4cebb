-- trick: a stack that overflows, in Lua and in C
-- stop: limits
-- agrees: 1
-- note: add(2, 3) raised

local function deeper() return 1 + deeper() end
function add() return deeper() end
function reversed() return string.gsub("a", "a", function() return reversed() end) end
greet = add
function fail() local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x end
