-- trick: options of collectgarbage that are none
-- verdict: ok
-- layer: interpreter

for _, option in ipairs({ "generational", "incremental", "", "stop\0", 1, {}, false }) do
    print(pcall(collectgarbage, option, math.mininteger))
end
