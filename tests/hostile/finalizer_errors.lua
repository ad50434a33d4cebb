-- trick: finalizers that raise errors
-- verdict: error
-- layer: interpreter

for _ = 1, 1000 do
    setmetatable({}, { __gc = function() error("in a finalizer") end })
end
