-- trick: waiting for os.clock to reach a day
-- verdict: time
-- layer: process

while os.clock() < 86400 do end
