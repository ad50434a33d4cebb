-- trick: a function of globals that answers by the name of what is called
-- stop: away
-- agrees: 0
-- note: the chunk left the globals

setmetatable(_G, { __index = function(_, name) return function(...) return name, ... end end })
