-- trick: files without an end, inside pcall
-- verdict: file
-- layer: lua
-- scratch: true

for index = 1, 1000 do
    pcall(function()
        local file = assert(io.open("file" .. index, "w"))
        file:close()
    end)
end
print("BROKEN")
