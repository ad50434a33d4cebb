-- trick: a mode that ends, for C, at a zero byte, so that the sandbox may take it for none
-- verdict: ok
-- layer: lua

local outside, secret = ...
for _, mode in ipairs({ "r\0x", "rb\0", "r\0w" }) do
    local ok, file, message = pcall(io.open, secret, mode)
    print(ok, ok and file and file:read("a") or message)
end
print(pcall(io.open, outside .. "/made", "w\0x"))
