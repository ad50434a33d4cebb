-- trick: a walk over all that can be reached, for Python's objects
-- verdict: ok
-- layer: lua

local seen = {}
local function walk(value, path)
    if value == nil or seen[value] then return end
    seen[value] = true
    local kind = type(value)
    if kind == "userdata" and io.type(value) == nil then print("BROKEN", path) end
    local metatable = getmetatable(value)
    if metatable ~= nil and kind ~= "string" then walk(metatable, path .. ".metatable") end
    if kind == "string" or type(value) ~= "table" then return end
    for key, inner in pairs(value) do
        if key == "python" or key == "eval" or key == "builtins" then print("BROKEN", path, key) end
        walk(key, path .. ".key")
        walk(inner, path .. "." .. tostring(key))
    end
end
walk(_G, "_G")
walk(getmetatable(""), "string")
walk({ pcall(error) }, "error")
