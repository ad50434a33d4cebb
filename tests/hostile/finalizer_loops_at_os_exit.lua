-- trick: a finalizer that loops, when os.exit closes the state
-- verdict: time
-- layer: process

KEPT = setmetatable({}, { __gc = function() while true do end end })
os.exit(0, true)
