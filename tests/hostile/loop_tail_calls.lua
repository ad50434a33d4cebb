-- trick: tail calls without an end
-- verdict: time
-- layer: process

local function f()
    return f()
end
f()
