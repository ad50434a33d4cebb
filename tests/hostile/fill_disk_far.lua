-- trick: one byte at a far place of a file
-- verdict: file
-- layer: process
-- scratch: true

local file = io.open("big", "w")
file:seek("set", 1 << 40)
file:write("x")
file:close()
print("BROKEN")
