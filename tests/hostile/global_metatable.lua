-- trick: a metatable of the globals that loops
-- verdict: time
-- layer: process

setmetatable(_G, { __index = function() while true do end end, __newindex = function() end })
print(undefined)
