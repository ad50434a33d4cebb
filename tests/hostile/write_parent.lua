-- trick: writing a file outside, over ..
-- verdict: ok
-- layer: lua
-- scratch: true

for _, name in ipairs({ "../made", "./../made", "x/../../made", ".//..//made" }) do
    local file, message = io.open(name, "w")
    print(message or "BROKEN")
end
