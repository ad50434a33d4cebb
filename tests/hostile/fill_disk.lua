-- trick: one file without an end
-- verdict: file
-- layer: process
-- scratch: true

local file = io.open("big", "w")
for _ = 1, 8192 do
    file:write(string.rep("x", 1024))
end
file:close()
print("BROKEN")
