-- trick: a loop to the greatest integer
-- verdict: time
-- layer: process

for _ = 1, math.maxinteger do end
