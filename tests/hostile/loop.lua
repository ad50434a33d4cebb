-- trick: an endless loop
-- verdict: time
-- layer: process

while true do end
