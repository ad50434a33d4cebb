-- What a script sees where runs must not differ: a clock of its own, counters for addresses, and one order of pairs.
-- It runs once, after sandbox.lua, whose tools it gets; what can still differ is told when it happens.
local tools = ...
local tell, call, getmetatable = tools.tell, tools.call, tools.getmetatable

local error, ipairs, next, rawget, select, type = error, ipairs, next, rawget, select, type
local floor, sort, unpack = math.floor, table.sort, table.unpack
local find, format, gmatch, gsub = string.find, string.format, string.gmatch, string.gsub
local tostring, collectgarbage = tostring, collectgarbage
local date, time = os.date, os.time

-- Time: 2020-01-01 00:00:00 UTC, and a millisecond for each time that it is asked for.
local EPOCH = 1577836800
local ticks = 0

local function clock()
    ticks = ticks + 1
    return ticks / 1000
end

os.clock = clock

function os.time(...)
    if (...) ~= nil then return call("time", time, ...) end
    return EPOCH + floor(clock())
end

function os.date(...)
    local how, when = ...
    if when ~= nil then return call("date", date, ...) end
    return call("date", date, how == nil and "%c" or how, EPOCH + floor(clock()))
end

-- Addresses: the first one that is shown is 1.
local numbers = setmetatable({}, { __mode = "k" })
local shown = 0

local function number_of(value)
    if not numbers[value] then
        shown = shown + 1
        numbers[value] = shown
    end
    return format("0x%012x", numbers[value])
end

local HAS_ADDRESS = { table = true, ["function"] = true, userdata = true, thread = true }

local function text_of(value)
    local text = tostring(value)
    local kind = type(value)
    local metatable = HAS_ADDRESS[kind] and getmetatable(value)
    if not HAS_ADDRESS[kind] or (kind ~= "userdata" and metatable and rawget(metatable, "__tostring") ~= nil) then
        return text
    end
    return (gsub(text, "0x%x+", number_of(value), 1))
end

_G.tostring = function(...)
    if select("#", ...) == 0 then return call("tostring", tostring) end
    return call("tostring", text_of, (...))
end

function string.format(...)
    local template = ...
    local count, changed = select("#", ...), false
    local values = { ... }
    local index = 1
    if type(template) == "string" then
        for conversion in gmatch(template, "%%[-+ #0]*%d*%.?%d*(.)") do
            if conversion ~= "%" then
                index = index + 1
                if conversion == "s" and HAS_ADDRESS[type(values[index])] then
                    values[index], changed = text_of(values[index]), true
                end
            end
        end
    end
    if not changed then return call("format", format, ...) end
    return call("format", format, unpack(values, 1, count))
end

-- The order of keys: numbers, strings, false and true, and then the others as the table has them.
local RANK = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
    local rank_a, rank_b = RANK[type(a)], RANK[type(b)]
    if rank_a ~= rank_b then return rank_a < rank_b end
    if rank_a == 3 then return not a and b end
    return a < b
end

local function keys_of(t)
    local keys, others, count, other_count, is_sorted = {}, {}, 0, 0, true
    for key in next, t do
        if RANK[type(key)] then
            is_sorted = is_sorted and (count == 0 or before(keys[count], key))
            count = count + 1
            keys[count] = key
        else
            other_count = other_count + 1
            others[other_count] = key
        end
    end
    if not is_sorted then sort(keys, before) end
    if other_count > 1 then tell("differs:the order of keys that are tables, functions, threads or files") end
    for index = 1, other_count do
        keys[count + index] = others[index]
    end
    return keys
end

-- The next key of a walk that still has a value; a walk is its keys, and where the last one stands in them.
local function step(t, walk, key)
    local keys, index = walk.keys, walk.index
    if key == nil then
        index = 0
    elseif keys[index] ~= key then
        index = 0
        repeat
            index = index + 1
            if keys[index] == nil then return nil, nil, true end
        until keys[index] == key
    end
    repeat
        index = index + 1
        key = keys[index]
    until key == nil or rawget(t, key) ~= nil
    walk.index = index
    if key == nil then return nil end
    return key, rawget(t, key)
end

local function expect_table(value, name)
    if type(value) == "table" then return end
    error("bad argument #1 to '" .. name .. "' (table expected, got " .. (value == nil and "nil" or type(value)) .. ")", 3)
end

function pairs(...)
    local t = ...
    if select("#", ...) == 0 then error("bad argument #1 to 'pairs' (table expected, got no value)", 2) end
    local metatable = getmetatable(t)
    local own = metatable and rawget(metatable, "__pairs")
    if own ~= nil then
        local f, state, first = own(t)
        return f, state, first
    end
    expect_table(t, "for iterator")
    local walk = { keys = keys_of(t), index = 0 }
    return function(state, key)
        local found, value = step(state, walk, key)
        if found == nil then return nil end
        return found, value
    end, t, nil
end

local walks = setmetatable({}, { __mode = "k" })

function _G.next(...)
    local t, key = ...
    expect_table(t, "next")
    if key == nil and next(t) == nil then return nil end
    local walk = walks[t]
    if key == nil or not walk then
        walk = { keys = keys_of(t), index = 0 }
        walks[t] = walk
    end
    local found, value, is_lost = step(t, walk, key)
    if is_lost then
        -- The key was removed, and another walk began meanwhile; or it was never there.
        local rank = RANK[type(key)]
        if not rank then error("invalid key to 'next'", 2) end
        for index, other in ipairs(walk.keys) do
            if not RANK[type(other)] or before(key, other) then
                walk.index = index - 1
                return step(t, walk, walk.keys[index - 1])
            end
        end
        return nil
    end
    if found == nil then return nil end
    return found, value
end

_G.collectgarbage = function(...)
    local option = ...
    if option == "count" or option == "step" then tell("differs:what collectgarbage says of memory") end
    return call("collectgarbage", collectgarbage, ...)
end
