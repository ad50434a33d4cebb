-- Stand-ins for what a chunk uses and nobody has: modules, globals of its host, upvalues. A stand-in can be called, indexed and
-- computed with. What comes of that is another, whose name says how, such as socket.tcp():connect(). Calls and assignments are
-- noted in their order. Which of them give nil, numbers or strings depends on their names and on the world of the call alone;
-- so two programs that do the same meet the same.
local standard, packed = ... -- names of objects, to which those of stand-ins are added, and { n = ..., ... }
local error, math_type, rawset, setmetatable, tostring, type = error, math.type, rawset, setmetatable, tostring, type
local byte, sub = string.byte, string.sub

local MOST_LETTERS, FUEL, ITEMS = 80, 2000, 2
local objects, metatable = {}, { __name = "stand-in" }
local fuel, world, counts, notes, passed = FUEL, "", {}, { n = 0 }, { n = 0 }

local function hash(text)
    local sum = 0
    for index = 1, #text do
        sum = (sum * 31 + byte(text, index)) & 0xFFFFFFF
    end
    return sum >> 3
end

local function made(name)
    if #name > MOST_LETTERS then name = sub(name, 1, MOST_LETTERS - 12) .. "~" .. hash(name) end
    if not objects[name] then
        objects[name] = setmetatable({}, metatable)
        standard[objects[name]] = name
    end
    return objects[name]
end

-- A stand-in, or another value, by its name.
local function varied(name)
    if world == "" then return made(name) end
    local number = hash(name .. " in " .. world)
    local kind = number % 24
    if kind == 0 then return nil end
    if kind == 1 then return number % 5 > 2 end
    if kind < 4 then return number // 24 % 10 end
    if kind == 4 then return "text " .. number // 24 % 100 end
    return made(name)
end

-- Keep what the chunk itself, in the world without a name, hands to a stand-in: functions that are called later.
local function keep(value)
    local kind = type(value)
    if world == "" and (kind == "function" or kind == "table") and not standard[value] then
        passed.n = passed.n + 1
        passed[passed.n] = value
    end
end

local function burn()
    fuel = fuel - 1
    if fuel < 0 then error("out of fuel", 0) end
end

local function text_of(value)
    local kind = type(value)
    if standard[value] then return standard[value] end
    if kind == "string" or kind == "boolean" or kind == "nil" then return tostring(value) end
    if kind == "number" then return tostring(value) .. (math_type(value) == "float" and "f" or "") end
    return kind
end

local function note(...)
    notes.n = notes.n + 1
    notes[notes.n] = packed(...)
end

function metatable.__call(self, ...)
    burn()
    local name = text_of(self)
    counts[name] = (counts[name] or 0) + 1
    note(name, ...)
    local arguments = packed(...)
    for index = 1, arguments.n do
        keep(arguments[index])
    end
    return varied(name .. "()" .. (counts[name] > 1 and counts[name] or ""))
end

function metatable.__index(self, key)
    burn()
    if math_type(key) and (key < 1 or key > ITEMS) then return nil end
    return varied(text_of(self) .. "." .. text_of(key))
end

function metatable.__newindex(self, key, value)
    burn()
    note(text_of(self) .. "." .. text_of(key) .. " =", value)
    keep(value)
    rawset(self, key, value)
end

for name, sign in next, {
    add = "+", sub = "-", mul = "*", div = "/", mod = "%", pow = "^", idiv = "//",
    band = "&", bor = "|", bxor = "~", shl = "<<", shr = ">>",
} do
    metatable["__" .. name] = function(a, b)
        burn()
        return made("(" .. text_of(a) .. " " .. sign .. " " .. text_of(b) .. ")")
    end
end
for name, sign in next, { unm = "-", bnot = "~" } do
    metatable["__" .. name] = function(a)
        burn()
        return made(sign .. text_of(a))
    end
end
for name, sign in next, { lt = "<", le = "<=" } do
    metatable["__" .. name] = function(a, b)
        burn()
        return hash(text_of(a) .. sign .. text_of(b) .. world) % 2 == 0
    end
end

function metatable.__concat(a, b)
    burn()
    return text_of(a) .. text_of(b)
end

function metatable.__len()
    burn()
    return ITEMS
end

function metatable.__tostring(self)
    return "<" .. text_of(self) .. ">"
end

function metatable.__pairs(self)
    burn()
    local function following(_, key)
        key = (key or 0) + 1
        if key <= ITEMS then return key, self[key] end
    end
    return following, self, nil
end

-- Begin a call; what is noted in it goes to a table of its own.
local function begin(world_of_call)
    fuel, world, counts, notes = FUEL, world_of_call, {}, { n = 0 }
    return notes
end

return made, begin, passed
