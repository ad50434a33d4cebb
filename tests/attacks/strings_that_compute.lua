-- trick: a metatable of strings that adds, compares and calls
-- stop: raw
-- agrees: 0
-- note: the chunk left the globals

local metatable = getmetatable("")
metatable.__add = function() return 5 end
metatable.__index = function() return function() return 5 end end
metatable.__call = function() return 5 end
metatable.__eq = function() return true end
metatable.__lt = function() return true end
metatable.__len = function() return 3 end
function add() return "" end
reversed, greet, fail = add, add, add
