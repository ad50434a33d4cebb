-- trick: a finalizer that makes its object live again, when the state is closed
-- verdict: ok
-- layer: interpreter

local metatable = {}
function metatable.__gc(object)
    KEPT = setmetatable(object, metatable)
    setmetatable({}, metatable)
end
setmetatable({}, metatable)
