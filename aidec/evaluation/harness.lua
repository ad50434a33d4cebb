-- Runs a chunk and calls of it, and reports what each of them did: aidec.evaluation.observation reads it.
--
-- What the chunk can't do is to be in the way. All that is used after it is loaded stands in locals: no global is read, no
-- method is called by its name, nothing is compared with an operator that asks a metatable, and what is reported goes over a
-- channel that the chunk has no way to. No expected value is in this state. What it is to call, and with which arguments, is
-- evaluated before the chunk is loaded, in an environment of its own.
local tools, text, first, budget, standins, absent, upvalues, own_name = ...
local calls = { select(9, ...) } -- for each call: its target, the expressions of its arguments, and its world
arg = nil
local report, getinfo, getmetatable, next = tools.report, tools.getinfo, tools.getmetatable, tools.next
local getupvalue, setupvalue = tools.getupvalue, tools.setupvalue

local error, load, pcall, rawequal, rawget, select, tonumber, tostring, type =
    error, load, pcall, rawequal, rawget, select, tonumber, tostring, type
local math_type, exit = math.type, os.exit
local concat, sort, unpack = table.concat, table.sort, table.unpack
local pack, find, gmatch, sub = string.pack, string.find, string.gmatch, string.sub
local stdout, stderr = io.stdout, io.stderr
local flush, seek = stdout.flush, stdout.seek
local globals = _G

-- Frames

local MOST_ENTRIES, MOST_BYTES = 40000, 131072 -- of one frame
local LETTERS = { table = "T", ["function"] = "F", userdata = "U", thread = "C" }
local left = tonumber(budget)
local ids, num_ids = setmetatable({}, { __mode = "k" }), 0 -- of all objects that were seen, in the order in which they were
local standard, libraries = {}, {} -- the names of the objects of the library, and its tables as they were
local parts, count, size -- of the frame that is being made
local numbers, queue, queued, entries

local function put(part)
    count, size = count + 1, size + #part
    parts[count] = part
end

-- A value: nil, a boolean, a number with all its bits, a string, the name of what is the library's, or the number of an object.
local function put_value(value)
    local kind = type(value)
    if kind == "nil" then return put("n") end
    if kind == "boolean" then return put(value and "T" or "F") end
    if kind == "string" then
        if #value > MOST_BYTES then
            size = size + #value
            return put("n")
        end
        return put(pack("<c1s4", "s", value))
    end
    if kind == "number" then
        return put(math_type(value) == "integer" and pack("<c1j", "i", value) or pack("<c1d", "d", value))
    end
    if standard[value] then return put(pack("<c1s1", "S", standard[value])) end
    if not numbers[value] then
        queued = queued + 1
        numbers[value], queue[queued] = queued, value
    end
    put(pack("<c1I4", "o", numbers[value]))
end

local function put_values(values)
    put(pack("<I4", values.n))
    for index = 1, values.n do
        if size > MOST_BYTES then return end
        put_value(values[index])
    end
end

-- How the library's tables differ from what they were: names of tables, keys and values, to an empty name.
local function put_changes()
    for index = 1, #libraries do
        local library = libraries[index]
        local object, copy = library.object, library.copy
        for key, value in next, object do
            if size > MOST_BYTES then return end
            if not rawequal(copy[key], value) then
                put(pack("<s1", library.name))
                put_value(key)
                put_value(value)
            end
        end
        for key in next, copy do
            if rawequal(rawget(object, key), nil) then
                put(pack("<s1", library.name))
                put_value(key)
                put_value(nil)
            end
        end
        if not rawequal(getmetatable(object), library.metatable) then
            put(pack("<s1", library.name))
            put_value(nil)
            put_value(getmetatable(object))
        end
    end
    put("\0")
end

-- Each object that was named: its kind, its number among all objects, for a function how many parameters it has, and whether
-- more, and for a table its metatable and its entries.
local function put_objects()
    local index = 0
    while index < queued do
        index = index + 1
        local object = queue[index]
        if not ids[object] then
            num_ids = num_ids + 1
            ids[object] = num_ids
        end
        local kind = type(object)
        put(pack("<c1I4", LETTERS[kind], ids[object]))
        if kind == "function" then
            local info = getinfo(object, "u")
            put(pack("<BB", info.nparams, info.isvararg and 1 or 0))
        elseif kind == "table" then
            put_value(getmetatable(object))
            for key, value in next, object do
                entries = entries + 1
                if size > MOST_BYTES or entries > MOST_ENTRIES then return end
                put("e")
                put_value(key)
                put_value(value)
            end
            put("z")
        end
    end
end

-- How long a file of output is, or -1 where the chunk closed it. What is written goes to its end, wherever the chunk set it.
local function place(file)
    pcall(flush, file)
    local is_open, length = pcall(seek, file, "end")
    return is_open and length or -1
end

local made, begin, passed -- of standins.lua

local function report_call(index, before, outcome, arguments, notes)
    local head = pack("<I4jjjj", index, before[1], place(stdout), before[2], place(stderr))
    local frame = ""
    for attempt = 1, 2 do -- what is too large is told without the globals, or not at all
        local has_changes = attempt == 1
        parts, count, size, numbers, queue, queued, entries = {}, 0, 0, {}, {}, 0, 0
        put(has_changes and "T" or "F")
        put_values(outcome)
        put_values(arguments)
        put_value(arguments.log)
        put_value(notes and notes.n > 0 and notes or nil)
        put_values(index == 0 and passed or { n = 0 })
        if has_changes then put_changes() else put("\0") end
        put_objects()
        if size <= MOST_BYTES and entries <= MOST_ENTRIES and size <= left then
            frame = concat(parts)
            break
        end
    end
    parts, numbers, queue = nil, nil, nil
    left = left - #frame
    report("c" .. head .. frame)
end

-- Calls

local results = {} -- the first result of each call, by its number

local function packed(...)
    return { n = select("#", ...), ... }
end

-- What a target names, and the object that it is a method of. A target is a root and names of fields, each after a zero byte;
-- a last name after a colon is that of a method.
local function resolved(target)
    local start = find(target, "\0", 1, true) or #target + 1
    local root, value, owner = sub(target, 1, start - 1), nil, nil
    if root == "" then
        value = load(text, "=chunk", "t")
    elseif find(root, "^#%d+$") then
        value = results[tonumber(sub(root, 2))]
    elseif find(root, "^@%d+$") then
        value = passed[tonumber(sub(root, 2))]
    else
        value = globals[root]
    end
    while start <= #target do
        local stop = find(target, "\0", start + 1, true) or #target + 1
        local name = sub(target, start + 1, stop - 1)
        local is_method = sub(name, 1, 1) == ":"
        owner = is_method and packed(value) or nil
        value = value[is_method and sub(name, 2) or name]
        start = stop
    end
    return value, owner
end

local function invoked(target, arguments)
    local f, owner = resolved(target)
    if owner then return f(owner[1], unpack(arguments, 1, arguments.n)) end
    return f(unpack(arguments, 1, arguments.n))
end

local function perform(index, target, arguments, world, is_told)
    local before = { place(stdout), place(stderr) }
    local notes = begin and begin(world)
    local outcome = packed(pcall(invoked, target, arguments))
    if outcome[1] then results[index] = outcome[2] end
    if is_told then report_call(index, before, outcome, arguments, notes) end
end

-- Give the function that the chunk returned its upvalues: itself where it has its own name, and else a stand-in. Those of a
-- prediction may have other names; then the place counts.
local function give_upvalues()
    local f, names, known = results[0], {}, {}
    if type(f) ~= "function" then return end
    for name in gmatch(upvalues, "[^\0]+") do
        names[#names + 1], known[name] = name, true
    end
    local place, number = 0, 0
    while true do
        place = place + 1
        local name, value = getupvalue(f, place)
        if not name then return end
        if name ~= "_ENV" then
            number = number + 1
            if not known[name] then name = names[number] or name end
            if rawequal(value, nil) then setupvalue(f, place, name == own_name and f or made(name)) end
        end
    end
end

-- Before the chunk is loaded

-- Name an object of the library, and what it holds: what is near first.
local function named(object, name)
    local waiting, index = { { object, name } }, 0
    while index < #waiting do
        index = index + 1
        object, name = unpack(waiting[index])
        local kind = type(object)
        if not standard[object] and (kind == "table" or kind == "function" or kind == "userdata") then
            standard[object] = name
            local copy, keys = {}, {}
            for key, value in next, kind == "table" and object or {} do
                copy[key], keys[#keys + 1] = value, tostring(key)
            end
            if kind == "table" then
                libraries[#libraries + 1] =
                    { name = name, object = object, copy = copy, metatable = getmetatable(object) }
            end
            sort(keys)
            for place = 1, #keys do
                local key = keys[place]
                waiting[#waiting + 1] = { object[key], name == "_G" and key or name .. "." .. key }
            end
        end
    end
end

-- Stand-ins for globals and modules that nobody has; with none of them asked for, there are none.
if standins ~= "" then
    made, begin, passed = load(standins, "=standins", "t")(standard, packed)
    for name in gmatch(absent, "[^\0]+") do globals[name] = made(name) end
    package.searchers[#package.searchers + 1] = function(name)
        return function() return made(name) end
    end
end

named(globals, "_G")
named(getmetatable(""), "metatable of strings")
named(getmetatable(stdout), "metatable of files")
for index = 1, #package.searchers do
    named(package.searchers[index], "package.searchers." .. index)
end

-- The library once more, for the arguments: what the chunk does to its own is not seen there.
local function copied(object, seen)
    if type(object) ~= "table" then return object end
    if not seen[object] then
        seen[object] = {}
        for key, value in next, object do
            seen[object][key] = copied(value, seen)
        end
    end
    return seen[object]
end

local environment = copied(globals, {})
local arguments, log = {}, nil

environment.standin = made

-- A function that does what another does, and notes what it was called with.
function environment.record(f)
    log = log or { n = 0 }
    local notes = log
    return function(...)
        notes.n = notes.n + 1
        notes[notes.n] = packed(...)
        return f(...)
    end
end

for index = 1, #calls, 3 do
    local make, problem = load("return " .. calls[index + 1], "=arguments", "t", environment)
    local outcome = make and packed(pcall(make)) or { false, problem }
    if not outcome[1] then
        report("a" .. pack("<I4", index // 3) .. tostring(outcome[2]))
        exit(0)
    end
    arguments[index // 3] = { n = outcome.n - 1, log = log, unpack(outcome, 2, outcome.n) }
    log = nil
end

-- The chunk is call 0. Calls before the first that is asked for ended a run before this one: all but the chunk are left out.
first = tonumber(first)
collectgarbage()
perform(0, calls[1], arguments[0], calls[3], first == 0)
if begin then give_upvalues() end
for index = first > 0 and first or 1, #calls // 3 - 1 do
    perform(index, calls[3 * index + 1], arguments[index], calls[3 * index + 3], true)
end
report("e")
exit(0) -- without closing the state: no finalizer of the chunk runs where the channel is closed
