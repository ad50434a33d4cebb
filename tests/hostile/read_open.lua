-- trick: reading a file of others with io.open
-- verdict: ok
-- layer: lua

local outside, secret = ...
for _, name in ipairs({ secret, "/etc/passwd", "." .. secret, "//etc/passwd", "./../../../../../../etc/passwd" }) do
    local file, message = io.open(name)
    print(message or file:read("a"))
end
