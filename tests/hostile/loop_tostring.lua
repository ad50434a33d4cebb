-- trick: an error object whose __tostring loops
-- verdict: time
-- layer: process

error(setmetatable({}, { __tostring = function() while true do end end }))
