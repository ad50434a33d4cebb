-- trick: garbage, with the collector stopped
-- verdict: time
-- layer: process

collectgarbage("stop")
while true do
    local _ = string.rep("x", 1 << 16)
    if collectgarbage("count") > 1 << 18 then
        print("BROKEN")
        os.exit(1)
    end
end
