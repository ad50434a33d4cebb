-- trick: reading stdin after its end, forever
-- verdict: time
-- layer: process

while true do io.read() end
