-- trick: a finalizer that prints without an end, when the state is closed
-- verdict: output
-- layer: process

KEPT = setmetatable({}, { __gc = function()
    for _ = 1, 4096 do
        io.write(string.rep("x", 1024))
    end
end })
