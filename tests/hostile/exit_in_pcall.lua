-- trick: os.exit, where pcall, a coroutine and a finalizer stand around it
-- verdict: ok
-- layer: runner
-- exit: 7

setmetatable({}, { __gc = function()
    coroutine.wrap(function() pcall(os.exit, 7) end)()
end })
collectgarbage()
