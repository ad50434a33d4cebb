-- trick: a coroutine that is resumed forever
-- verdict: time
-- layer: process

local resume = coroutine.wrap(function()
    while true do coroutine.yield() end
end)
while true do resume() end
