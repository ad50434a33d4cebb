-- trick: tables without an end, where pcall catches the error of memory each time
-- verdict: time
-- layer: process

local t = {}
while true do
    pcall(function()
        while true do
            t[#t + 1] = {}
            if #t > 8000000 then
                print("BROKEN", #t)
                os.exit(1)
            end
        end
    end)
end
