-- trick: deep recursion
-- verdict: memory
-- layer: interpreter

local function f()
    return 1 + f()
end
f()
