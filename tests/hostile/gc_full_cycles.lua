-- trick: full collections, forever
-- verdict: time
-- layer: process

while true do collectgarbage() end
