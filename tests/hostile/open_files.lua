-- trick: one file, opened without an end
-- verdict: ok
-- layer: process
-- scratch: true

io.open("x", "w"):close()
local files = {}
for index = 1, 1000 do
    files[index] = io.open("x")
end
print(#files)
if #files == 1000 then print("BROKEN") end
