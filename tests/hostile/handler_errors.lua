-- trick: an error handler that raises errors, forever
-- verdict: time
-- layer: process

local function handler(message)
    error(message)
end
while true do
    xpcall(error, handler)
end
