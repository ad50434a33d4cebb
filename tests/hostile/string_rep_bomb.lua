-- trick: a string of a gibibyte, of one call
-- verdict: memory
-- layer: lua

local text = string.rep("x", 1 << 30)
print("BROKEN", #text)
