-- trick: the memory of another process, in /proc
-- verdict: ok
-- layer: lua

local victim = select(6, ...)
for _, who in ipairs({ "self", victim }) do
    local file, message = io.open("/proc/" .. who .. "/mem", "r+")
    print(message or "BROKEN: the memory of " .. who)
end
