-- trick: a finalizer that loops, in a collection
-- verdict: time
-- layer: process

setmetatable({}, { __gc = function() while true do end end })
collectgarbage()
