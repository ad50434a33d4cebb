-- trick: a pattern that is quadratic in a long string, inside one call of C
-- verdict: time
-- layer: process

print(string.find(string.rep("a", 4000000), ".-b"))
