-- trick: short lines without an end
-- verdict: output
-- layer: process
-- cpu: 2

for index = 1, 2000000 do
    print(index)
end
