-- trick: table.concat of one long string, many times
-- verdict: memory
-- layer: lua

local parts = {}
for index = 1, 1024 do
    parts[index] = string.rep("x", 1 << 19)
end
print("BROKEN", #table.concat(parts))
