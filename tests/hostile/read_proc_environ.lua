-- trick: environment variables of another process, in /proc
-- verdict: ok
-- layer: lua

local victim = select(6, ...)
for _, who in ipairs({ "self", victim }) do
    local file, message = io.open("/proc/" .. who .. "/environ")
    print(message or file:read("a"))
end
