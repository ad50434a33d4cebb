-- trick: writing a file, where none is allowed
-- verdict: ok
-- layer: lua

for _, mode in ipairs({ "w", "a", "r+", "w+", "a+", "wb" }) do
    local file, message = io.open("made", mode)
    print(message or "BROKEN")
end
print(io.tmpfile())
if io.tmpfile() then print("BROKEN") end
