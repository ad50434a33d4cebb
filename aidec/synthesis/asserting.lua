local main = require("main")

-- Whether two values are equal; of two tables counts what they hold.
local function same(one, other)
    if type(one) ~= "table" or type(other) ~= "table" then
        return one == other or one ~= one and other ~= other
    end
    for key, value in pairs(one) do
        if not same(value, other[key]) then
            return false
        end
    end
    for key in pairs(other) do
        if one[key] == nil then
            return false
        end
    end
    return true
end

local function check(call, results, expected)
    assert(same(results, expected), call)
end
