-- trick: a pattern that backtracks exponentially, inside one call of C
-- verdict: time
-- layer: process

local count = 40
print(string.find(string.rep("a", count), string.rep("a?", count) .. string.rep("a", count) .. "b"))
