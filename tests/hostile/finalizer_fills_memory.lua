-- trick: a finalizer that fills memory, when the state is closed
-- verdict: ok
-- layer: lua

KEPT = setmetatable({}, { __gc = function()
    local t = {}
    for index = 1, 8000000 do
        t[index] = {}
    end
    print("BROKEN", #t)
end })
