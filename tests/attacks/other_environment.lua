-- trick: functions in an environment of the chunk's own
-- stop: outside
-- agrees: 0
-- note: left the globals

local print, error = print, error
local _ENV = { print = print }
function add(a, b) return a + b end
function greet(name) print("hello " .. name) return #name end
