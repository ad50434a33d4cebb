-- trick: a replacement that makes a long string longer
-- verdict: memory
-- layer: lua

local text = string.rep("x", 1 << 16)
text = string.gsub(text, "x", string.rep("y", 1 << 13))
print("BROKEN", #text)
