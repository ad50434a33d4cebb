-- Runs functions and checks what is claimed of them: requests come over standard input, each with its length before it, and
-- so do answers over standard output. aidec.synthesis.lab speaks to it.
--
-- Each case gets a function of its own, made anew, so that nothing is left of the case before. What runs is counted by
-- `tick`, which stands in each loop and function, and ends when it takes too long; so the outcome depends on no clock.
local most = tonumber((...))
local read, write, flush = io.stdin.read, io.stdout.write, io.stdout.flush
local stdin, stdout = io.stdin, io.stdout
local concat, pack, sort, unpack = table.concat, table.pack, table.sort, table.unpack
local byte, format, gsub, spack, sunpack = string.byte, string.format, string.gsub, string.pack, string.unpack
local math_type, mininteger, huge = math.type, math.mininteger, math.huge
local len, find = utf8.len, string.find
local error, getmetatable, ipairs, load, next, pairs, pcall, rawequal, select, setmetatable, tonumber, tostring, type =
    error, getmetatable, ipairs, load, next, pairs, pcall, rawequal, select, setmetatable, tonumber, tostring, type

-- Steps

local TOO_LONG = "took too long"
local steps = 0

local function tick()
    steps = steps + 1
    if steps > most then error(TOO_LONG, 0) end
end

local function refuse(_, name)
    error("sets the global variable " .. tostring(name), 2)
end

-- What a text sees: a library of its own, and no place to leave something for another.
local function new_environment()
    local library = {}
    for name, value in next, _G do
        library[name] = value
        if type(value) == "table" and name ~= "_G" then
            library[name] = {}
            for key, each in next, value do
                library[name][key] = each
            end
        end
    end
    local environment = setmetatable({}, { __index = library, __newindex = refuse })
    library._G = environment
    return environment
end

-- Values

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true
    until while]]):gmatch("%a+") do
    KEYWORDS[word] = true
end

local function spell_float(value)
    if value ~= value then return "0/0" end
    if value == huge or value == -huge then return value > 0 and "math.huge" or "-math.huge" end
    local text
    for digits = 14, 17 do
        text = format("%." .. digits .. "g", value)
        if tonumber(text) == value then break end
    end
    return find(text, "[.e]") and gsub(text, "e%+?(%-?)0*", "e%1") or text .. ".0"
end

local ESCAPES = {
    ["\a"] = "\\a", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\v"] = "\\v",
    ['"'] = '\\"', ["\\"] = "\\\\",
}

local function escaped(character, digit)
    local code = byte(character)
    local form = code >= 128 and "\\x%02x" or digit ~= "" and "\\%03d" or "\\%d"
    return (ESCAPES[character] or format(form, code)) .. digit
end

-- A literal as aidec.lua.literals.spell_in_quotes spells it: in single quotes where there are double ones inside, and no others.
local function spell_string(value)
    local quote = find(value, '"', 1, true) and not find(value, "'", 1, true) and "'" or '"'
    local bytes = "([%c\\" .. quote .. (len(value) and "" or "\128-\255") .. "])(%d?)"
    return quote .. gsub(value, bytes, escaped) .. quote
end

-- The expression of a value; an error if it has none, as a function has.
local function spell(value, depth)
    local kind = type(value)
    if kind == "string" then return spell_string(value) end
    if math_type(value) == "float" then return spell_float(value) end
    if value == mininteger then return "math.mininteger" end
    if kind ~= "table" then
        if kind ~= "number" and kind ~= "boolean" and kind ~= "nil" then error("a " .. kind .. " has no expression", 0) end
        return tostring(value)
    end
    if depth > 20 then error("a table is nested too deep", 0) end
    if getmetatable(value) then error("a table with a metatable has no expression", 0) end
    local parts, size = {}, 0
    for index = 1, #value do
        parts[index], size = spell(value[index], depth + 1), index
    end
    for key, each in pairs(value) do
        if not (math_type(key) == "integer" and key >= 1 and key <= size) then
            local is_name = type(key) == "string" and find(key, "^[%a_][%w_]*$") and not KEYWORDS[key]
            local name = is_name and key or "[" .. spell(key, depth + 1) .. "]"
            parts[#parts + 1] = name .. " = " .. spell(each, depth + 1)
        end
    end
    return "{" .. concat(parts, ", ") .. "}"
end

local function spell_all(values)
    local parts = {}
    for index = 1, values.n do
        parts[index] = spell(values[index], 0)
    end
    return concat(parts, ", ")
end

local function copy(value)
    if type(value) ~= "table" then return value end
    local made = {}
    for key, each in next, value do
        made[copy(key)] = copy(each)
    end
    return setmetatable(made, getmetatable(value))
end

-- Whether two values are the same: tables by what they hold; NaN is itself; 1 and 1.0 are the same, as for Lua.
local function same(a, b)
    if rawequal(a, b) or (a ~= a and b ~= b) then return true end
    if type(a) ~= "table" or type(b) ~= "table" then return a == b end
    for key, each in next, a do
        if not same(each, b[key]) then return false end
    end
    for key in next, b do
        if a[key] == nil then return false end
    end
    return true
end

-- Functions and properties

local subjects = {} -- by their numbers: what makes a function, and what makes its call
local property

local function compiled(text, name)
    local chunk, problem = load(text, "=" .. name, "t", new_environment())
    return chunk or error(problem, 0)
end

-- A function that gives another copies of tables, so that no call sees what another did to its arguments.
local function copying(f)
    return function(...)
        local arguments = pack(...)
        for index = 1, arguments.n do
            arguments[index] = copy(arguments[index])
        end
        return f(unpack(arguments, 1, arguments.n))
    end
end

local function inputs_of(case)
    return pack(compiled("return " .. case, "input")(tick))
end

local function message_of(problem)
    return type(problem) == "string" and problem or "an error that is a " .. type(problem)
end

-- What the call of a function gives: "=" and its expression, or "!" and a message, or "?" and why it has no expression.
local function called(subject, values)
    local f = subject.make(tick)
    local results = pack(pcall(subject.call(tick, copying(f)), unpack(values, 1, values.n)))
    if not results[1] then return "!" .. message_of(results[2]) end
    local ok, text = pcall(function() return spell_all(pack(unpack(results, 2, results.n))) end)
    return (ok and "=" or "?") .. text
end

-- What a case comes to: "s" where nothing is claimed; "k" where the claim holds, "x" where it does not, in capitals where that
-- is declared; "l" where it takes too long, "e" where what declares it fails; and a message.
local function checked(subject, values)
    local raw = subject.make(tick)
    local where, excepted, claim = property(tick, copying(raw), raw, same, copy)
    local ok, is_claimed = pcall(where, unpack(values, 1, values.n))
    if not ok then return "e", message_of(is_claimed) end
    if not is_claimed then return "s", "" end
    local is_declared
    ok, is_declared = pcall(excepted, unpack(values, 1, values.n))
    if not ok then return "e", message_of(is_declared) end
    local holds
    ok, holds = pcall(claim, unpack(values, 1, values.n))
    local letter, message = "k", ""
    if not ok or not holds then letter, message = "x", ok and "" or message_of(holds) end
    return is_declared and letter:upper() or letter, message
end

-- The results of a function, or "l" where it takes too many steps, or too much memory, whatever it makes of that.
local function within_steps(act, ...)
    steps = 0
    local results = pack(pcall(act, ...))
    for index = 2, results.n do
        local text = results[index]
        if type(text) == "string" and find(text, "not enough memory", 1, true) then steps = most + 1 end
    end
    if steps > most then return "l", TOO_LONG end
    if not results[1] then error(results[2], 0) end
    return unpack(results, 2, results.n)
end

-- The first call that a claim makes of one function and whose result is another with a second one: the expressions of its
-- arguments, of what the second gives, and of what the first gives.
local function first_difference(subject, other, values)
    local found
    local raw, reference = subject.make(tick), other.make(tick)
    local function observed(...)
        local arguments = copy({ n = select("#", ...), ... })
        local results = pack(pcall(copying(raw), ...))
        if not found then
            local expected = pack(pcall(copying(reference), unpack(arguments, 1, arguments.n)))
            if not same(results, expected) then found = { arguments, expected, results } end
        end
        if not results[1] then error(results[2], 0) end
        return unpack(results, 2, results.n)
    end
    local _, _, claim = property(tick, observed, observed, same, copy)
    pcall(claim, unpack(values, 1, values.n))
    if not found then return "", "", "" end
    local function told(results)
        if not results[1] then return "!" .. message_of(results[2]) end
        return "=" .. spell_all(pack(unpack(results, 2, results.n)))
    end
    local ok, arguments = pcall(spell_all, found[1])
    if not ok then return "", "", "" end
    return arguments, told(found[2]), told(found[3])
end

-- Requests

local requests = {}

function requests.subject(number, code, call)
    subjects[number] = { make = compiled(code, "function"), call = compiled(call, "call") }
    return ""
end

function requests.property(text)
    property = compiled(text, "property")
    return ""
end

function requests.check(number, ...)
    local parts = {}
    for index, case in ipairs({ ... }) do
        local letter, message = within_steps(checked, subjects[number], inputs_of(case))
        parts[index] = spack("<c1s4", letter, message)
    end
    return concat(parts)
end

function requests.call(number, ...)
    local parts = {}
    for index, case in ipairs({ ... }) do
        local text = within_steps(called, subjects[number], inputs_of(case))
        parts[index] = spack("<s4", text)
    end
    return concat(parts)
end

function requests.difference(number, other, case)
    return spack("<s4s4s4", within_steps(first_difference, subjects[number], subjects[other], inputs_of(case)))
end

while true do
    local length = read(stdin, 4)
    if not length then break end
    local text = read(stdin, (sunpack("<I4", length)))
    local words, at = {}, 1
    while at <= #text do
        words[#words + 1], at = sunpack("<s4", text, at)
    end
    local ok, answer = pcall(requests[words[1]], unpack(words, 2))
    answer = spack("<B", ok and 1 or 0) .. (ok and answer or message_of(answer))
    write(stdout, spack("<s4", answer))
    flush(stdout)
end
