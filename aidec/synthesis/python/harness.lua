-- Calls a function and writes what came of it: for each call a line with the outcome, and one with the arguments after it.
-- The canonical form of a value is that of harness.py.

local function canonical(value)
    if value == nil then return "None" end
    if type(value) == "boolean" then return value and "True" or "False" end
    if math.type(value) == "integer" then return string.format("%d", value) end
    if type(value) == "number" then
        if value ~= value then return "nan" end
        local text = string.format("%.17g", value)
        return text:find("[.ei]") and text or text .. ".0"
    end
    if type(value) == "string" then
        return '"' .. value:gsub('[%c\127-\255"\\]', function(c) return string.format("\\x%02x", c:byte()) end) .. '"'
    end
    if type(value) ~= "table" then return type(value) end
    local mt, parts = getmetatable(value), {}
    if mt and mt.__name == "dict" then
        for key, each in pairs(value) do parts[#parts + 1] = canonical(key) .. ": " .. canonical(each) end
        return "{" .. table.concat(parts, ", ") .. "}"
    elseif mt and mt.__name == "set" then
        for key in pairs(value) do parts[#parts + 1] = canonical(key) end
        table.sort(parts)
        return "set(" .. table.concat(parts, ", ") .. ")"
    elseif mt then
        for key, each in next, value do parts[#parts + 1] = key .. "=" .. canonical(each) end
        table.sort(parts)
        return "<" .. table.concat(parts, ", ") .. ">"
    end
    for i = 1, #value do parts[i] = canonical(value[i]) end
    return "[" .. table.concat(parts, ", ") .. "]"
end

local function attempt(f, count, arguments)
    local ok, value = pcall(f, table.unpack(arguments, 1, count))
    if ok and type(value) == "function" then
        ok, value = pcall(collect, value)
    end
    if ok then
        io.write("=", canonical(value), "\n")
    else
        value = caught(value)
        io.write("!", value.kind, "\n")
    end
    local after = {}
    for i = 1, count do after[i] = canonical(arguments[i]) end
    io.write(table.concat(after, ", "), "\n")
end
