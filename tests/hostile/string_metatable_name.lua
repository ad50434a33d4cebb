-- trick: strings that are shown as others, so that a name is checked that is not the one that is opened
-- verdict: ok
-- layer: lua
-- scratch: true

local outside, secret = ...
io.open("x", "w"):close()
getmetatable("").__tostring = function() return "x" end
getmetatable("").__name = "x"
for _, name in ipairs({ secret, "/etc/passwd" }) do
    local file = io.open(name)
    if file then io.write(file:read("a")) end
end
io.open(outside .. "/made", "w")
os.rename("x", outside .. "/made")
