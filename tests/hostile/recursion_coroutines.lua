-- trick: coroutines inside coroutines, which take C's stack
-- verdict: error
-- layer: interpreter

local function f()
    return coroutine.wrap(f)()
end
f()
