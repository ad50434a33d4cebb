-- trick: a finalizer that loops, when the state is closed
-- verdict: time
-- layer: process

KEPT = setmetatable({}, { __gc = function() while true do end end })
print("the script has come to its end")
