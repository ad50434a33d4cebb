-- Runs program.lua where each operation is noted, and what it gives is drawn from a fixed sequence: two programs that do the
-- same, in the same order, print the same. Names, lines and addresses are not noted, since they may differ.
local FUEL = 2000
local floor, rawset, select, tostring, type = math.floor, rawset, select, tostring, type
local find, format, gsub, byte, sub = string.find, string.format, string.gsub, string.byte, string.sub

local fuel, hash, state, things = FUEL, 0, 1, 0
local numbers = setmetatable({}, { __mode = "k" })
local metatable = {}

local function note(text)
    for index = 1, #text do hash = (hash * 31 + byte(text, index)) & 0xFFFFFFFF end
    fuel = fuel - 1
    if fuel < 0 then error("out of fuel", 0) end
end

local function drawn(number)
    state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    return (state >> 16) % number
end

local function thing()
    things = things + 1
    local made = setmetatable({}, metatable)
    numbers[made] = things
    return made
end

local function text_of(value)
    local kind = type(value)
    if numbers[value] then return "thing " .. numbers[value] end
    if kind == "number" then return format(math.type(value) == "float" and "%.17g" or "%d", value) end
    return (kind == "string" or kind == "boolean") and kind .. " " .. tostring(value) or kind
end

local function value()
    local number = drawn(12)
    if number == 0 then return nil end
    if number == 1 then return drawn(2) == 0 end
    if number == 2 then return drawn(100) end
    return thing()
end

local function noted(name, ...)
    local text = name
    for index = 1, select("#", ...) do text = text .. "," .. text_of((select(index, ...))) end
    note(text)
end

local function called(_, ...)
    noted("call", ...)
    for index = 1, select("#", ...) do
        local argument = select(index, ...)
        if type(argument) == "function" and drawn(2) == 0 then
            local is_done, message = pcall(argument, value(), thing())
            noted("called", is_done, is_done and message or nil)
            if fuel < 0 then error("out of fuel", 0) end
        end
    end
    local number = drawn(4)
    if number == 0 then return value() end
    if number == 1 then return thing() end
    if number == 2 then return thing(), value() end
    return thing(), value(), thing()
end

for _, name in ipairs({
    "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat", "len", "index",
}) do
    metatable["__" .. name] = function(...) noted(name, ...) return value() end
end
for _, name in ipairs({ "eq", "lt", "le" }) do
    metatable["__" .. name] = function(...) noted(name, ...) return drawn(2) == 0 end
end
function metatable.__newindex(_, ...) noted("newindex", ...) end
metatable.__call = called

local globals = { tick = function() note("tick") return true end }
local environment = setmetatable({}, {
    __index = function(_, key)
        noted("get", key)
        if globals[key] == nil and drawn(6) > 0 then globals[key] = thing() end
        return globals[key]
    end,
    __newindex = function(_, key, new)
        noted("set", key, new)
        globals[key] = new
    end,
})

local chunk, problem = loadfile("program.lua", "t", environment)
if not chunk then
    print("it does not compile", problem)
    return
end
local function main() return chunk(thing(), value(), thing()) end
local function message_of(message)
    if type(message) ~= "string" then return text_of(message) end
    local text = gsub(gsub(message, "^[^:]*:%d+: ", ""), " %([^)]*%)", "")
    return find(text, "stack overflow", 1, true) and "stack overflow" or sub(text, 1, 80)
end
local function outcome(is_done, ...)
    if not is_done then return "error", message_of((...)) end
    local texts = {}
    for index = 1, select("#", ...) do texts[index] = text_of((select(index, ...))) end
    return "done", table.concat(texts, ",")
end
local how, what = outcome(pcall(main))
print(how, what, FUEL - fuel, hash, things)
