-- trick: garbage, with a collector told to wait
-- verdict: time
-- layer: process

collectgarbage("setpause", 1000000)
collectgarbage("setstepmul", 0)
while true do
    local _ = string.rep("x", 1 << 16)
    if collectgarbage("count") > 1 << 18 then
        print("BROKEN")
        os.exit(1)
    end
end
