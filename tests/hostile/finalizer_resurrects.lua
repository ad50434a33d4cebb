-- trick: a finalizer that makes its object live again, in each collection
-- verdict: time
-- layer: process

local metatable = {}
function metatable.__gc(object)
    KEPT = setmetatable(object, metatable)
end
setmetatable({}, metatable)
while true do collectgarbage() end
