-- trick: writing the record of the end, over /dev/fd
-- verdict: ok
-- layer: lua

for number = 3, 70 do
    for _, folder in ipairs({ "/dev/fd/", "/proc/self/fd/" }) do
        local file = io.open(folder .. number, "w")
        if file then
            print("BROKEN", number)
            file:close()
        end
    end
end
