-- What Python does and Lua has no word for. Only the functions that a module uses are put in front of it.

-- The class above each class of exceptions; a module adds its own.
local PARENTS = {
    ArithmeticError = "Exception", AssertionError = "Exception", AttributeError = "Exception",
    FloatingPointError = "ArithmeticError", IndexError = "LookupError", KeyError = "LookupError",
    LookupError = "Exception", NameError = "Exception", NotImplementedError = "RuntimeError",
    OverflowError = "ArithmeticError", RecursionError = "RuntimeError", RuntimeError = "Exception",
    StopIteration = "Exception", TypeError = "Exception", UnboundLocalError = "NameError",
    ValueError = "Exception", ZeroDivisionError = "ArithmeticError",
}

-- What Lua's own messages are in Python.
local MESSAGES = {
    {"attempt to perform 'n", "ZeroDivisionError"}, {"attempt to divide by zero", "ZeroDivisionError"}, {"stack overflow", "RecursionError"},
    {"attempt to perform arithmetic", "TypeError"}, {"attempt to compare", "TypeError"},
    {"attempt to concatenate", "TypeError"}, {"attempt to get length", "TypeError"},
    {"attempt to call", "TypeError"}, {"attempt to index", "TypeError"},
    {"bad argument", "TypeError"},
}

-- An exception, as error() throws it.
local function exception(kind, message)
    return setmetatable({kind = kind, message = message}, {
        __tostring = function(self) return self.message or "" end,
    })
end

local function raise(kind, message)
    error(exception(kind, message), 0)
end

-- The exception that pcall caught, also where Lua itself threw a message.
local function caught(problem)
    if type(problem) ~= "string" then return problem end
    for _, known in ipairs(MESSAGES) do
        if problem:find(known[1], 1, true) then return exception(known[2], problem) end
    end
    return exception("SystemError", problem)
end

-- Whether an exception is of a class.
local function is_a(problem, kind)
    local own = problem.kind
    while own do
        if own == kind then return true end
        own = PARENTS[own]
    end
    return false
end

-- Numbers.

local function div(a, b)
    if b == 0 then raise("ZeroDivisionError", "division by zero") end
    return a / b
end

-- a % b of floats, with the sign of b on a zero (floatobject.c: float_rem).
local function mod(a, b)
    if b == 0 then raise("ZeroDivisionError", "modulo by zero") end
    if math.type(a) == "integer" and math.type(b) == "integer" then return a % b end
    local rest = math.fmod(a + 0.0, b + 0.0)
    if rest == 0 then return (b < 0 or 1 / b < 0) and -0.0 or 0.0 end
    if (b < 0) ~= (rest < 0) then rest = rest + b end
    return rest
end

-- a // b of floats, as far from a rounded quotient as Python's is (floatobject.c: _float_div_mod).
local function floordiv(a, b)
    if b == 0 then raise("ZeroDivisionError", "division by zero") end
    if math.type(a) == "integer" and math.type(b) == "integer" then return a // b end
    a, b = a + 0.0, b + 0.0
    local rest = math.fmod(a, b)
    local quotient = (a - rest) / b
    if rest ~= 0 and (b < 0) ~= (rest < 0) then quotient = quotient - 1.0 end
    if quotient == 0 then return (a / b < 0 or 1 / (a / b) < 0) and -0.0 or 0.0 end
    local floor = math.floor(quotient) + 0.0
    if quotient - floor > 0.5 then floor = floor + 1.0 end
    return floor
end

local function power(a, b)
    if math.type(a) == "integer" and math.type(b) == "integer" and b >= 0 then
        local result = 1
        while b > 0 do
            if b % 2 == 1 then result = result * a end
            a, b = a * a, b // 2
        end
        return result
    end
    if a == 0 and b < 0 then raise("ZeroDivisionError", "0.0 cannot be raised to a negative power") end
    if a < 0 and a ~= -math.huge and b ~= math.floor(b) then raise("complex", "a complex number") end
    local result = a ^ b
    if (result == math.huge or result == -math.huge) and a ~= math.huge and a ~= -math.huge
        and b ~= math.huge and b ~= -math.huge then
        raise("OverflowError", "Result too large")
    end
    return result
end

local function powmod(base, exponent, modulus)
    if modulus == 0 then raise("ValueError", "pow() 3rd argument cannot be 0") end
    if exponent < 0 then
        local a, b, inverse, other = base % modulus, modulus, 1, 0
        while b ~= 0 do
            local quotient = a // b
            a, b, inverse, other = b, a - quotient * b, other, inverse - quotient * other
        end
        if a ~= 1 and a ~= -1 then raise("ValueError", "base is not invertible for the given modulus") end
        base, exponent = inverse * a, -exponent
    end
    local result = 1 % modulus
    base = base % modulus
    while exponent > 0 do
        if exponent % 2 == 1 then result = result * base % modulus end
        base, exponent = base * base % modulus, exponent // 2
    end
    return result
end

-- A float without its fraction.
local function truncated(x)
    if x ~= x then raise("ValueError", "cannot convert float NaN to integer") end
    if x == math.huge or x == -math.huge then raise("OverflowError", "cannot convert float infinity to integer") end
    return math.tointeger(x < 0 and math.ceil(x) or math.floor(x)) or raise("beyond", "an integer beyond 64 bits")
end

-- The integer at or below, or at or above, a number.
local function floor(x)
    truncated(x)
    return math.floor(x)
end

local function ceil(x)
    truncated(x)
    return math.ceil(x)
end

-- A number rounded, halves to even; with digits it is a float, rounded as it is printed.
local function round(x, digits)
    if digits then
        if math.type(x) == "integer" and digits >= 0 then return x end
        if digits < 0 then raise("beyond", "round() to tens") end
        if x ~= x or x == math.huge or x == -math.huge or digits > 22 then return x end
        return tonumber(string.format("%." .. digits .. "f", x)) + 0.0
    end
    if math.type(x) == "integer" then return x end
    local whole = truncated(x)
    local rest = math.abs(x - whole)
    if rest > 0.5 or rest == 0.5 and whole % 2 ~= 0 then return whole + (x < 0 and -1 or 1) end
    return whole
end

local function sqrt(x)
    if x < 0 then raise("ValueError", "math domain error") end
    return math.sqrt(x)
end

-- A logarithm: natural, or as Python makes it to a base, by division.
local function log(x, base)
    if x <= 0 or base and base <= 0 then raise("ValueError", "math domain error") end
    if not base then return math.log(x) end
    return div(math.log(x), math.log(base))
end

local function isqrt(n)
    if n < 0 then raise("ValueError", "isqrt() argument must be nonnegative") end
    local root = math.floor(math.sqrt(n))
    while root * root > n do root = root - 1 end
    while (root + 1) * (root + 1) <= n do root = root + 1 end
    return root
end

local function gcd(a, b)
    a, b = math.abs(a), math.abs(b)
    while b ~= 0 do a, b = b, a % b end
    return a
end

local function factorial(n)
    if n < 0 then raise("ValueError", "factorial() not defined for negative values") end
    if n > 20 then raise("beyond", "an integer beyond 64 bits") end
    local product = 1
    for i = 2, n do product = product * i end
    return product
end

-- int(text): digits, with a sign and blanks around; underscores between digits.
local function to_int(text, base)
    base = base or 10
    local sign, digits = text:match("^%s*([+-]?)(%w[%w_]*)%s*$")
    local prefix = digits and ({[2] = "^0[bB]", [8] = "^0[oO]", [16] = "^0[xX]"})[base]
    if prefix then digits = digits:gsub(prefix, "", 1) end
    if not digits or digits:find("__", 1, true) or digits:find("_$") or digits == "" then
        raise("ValueError", "invalid literal for int() with base " .. base)
    end
    local value = 0
    for digit in digits:gsub("_", ""):gmatch(".") do
        local number = tonumber(digit, 36)
        if number >= base then raise("ValueError", "invalid literal for int() with base " .. base) end
        if value > (math.maxinteger - number) // base then raise("beyond", "an integer beyond 64 bits") end
        value = value * base + number
    end
    return sign == "-" and -value or value
end

local function to_float(text)
    local body = text:match("^%s*(.-)%s*$")
    local sign, word = body:lower():match("^([+-]?)(%a+)$")
    if word == "inf" or word == "infinity" then return sign == "-" and -math.huge or math.huge end
    if word == "nan" then return 0.0 / 0.0 end
    local number = body:find("^[+-]?%.?%d[%d.]*[eE]?[+-]?%d*$") and tonumber(body)
    if not number then raise("ValueError", "could not convert string to float") end
    return number + 0.0
end

-- Digits of an integer in a base, after a prefix.
local function digits_of(n, base, prefix)
    local digits, rest = "", math.abs(n)
    repeat
        local digit = rest % base
        digits = ("0123456789abcdef"):sub(digit + 1, digit + 1) .. digits
        rest = rest // base
    until rest == 0
    return (n < 0 and "-" or "") .. prefix .. digits
end

-- A number whose digits are shown without a sign.
local function unsigned(n)
    if n < 0 then raise("beyond", "hexadecimal digits of a negative number in a field") end
    return n
end

local function shift_left(n, count)
    if count < 0 then raise("ValueError", "negative shift count") end
    return n << count
end

local function shift_right(n, count)
    if count < 0 then raise("ValueError", "negative shift count") end
    if count > 62 then return n < 0 and -1 or 0 end
    return n // (1 << count)
end

local function fabs(x)
    return math.abs(x) + 0.0
end

local function radians(x)
    return x * (math.pi / 180.0)
end

local function degrees(x)
    return x * (180.0 / math.pi)
end

local function isnan(x)
    return x ~= x
end

local function isinf(x)
    return x == math.huge or x == -math.huge
end

-- Dicts and sets: proxies, whose metatables keep the entries in the order in which they came.

-- What stands for a key: itself, or for a tuple the text of its elements.
local function key_of(key)
    if type(key) ~= "table" then
        if key ~= key then raise("beyond", "NaN as a key") end
        return key
    end
    local mt = getmetatable(key)
    if mt and mt.__name ~= "set" then return key end
    local parts = {}
    if mt then
        for each in pairs(key) do parts[#parts + 1] = type(key_of(each)) .. ":" .. tostring(key_of(each)) end
        table.sort(parts)
    else
        for i, each in ipairs(key) do
            local part = key_of(each)
            parts[i] = type(part) .. #tostring(part) .. ":" .. tostring(part)
        end
    end
    return "\0(" .. table.concat(parts, ",") .. ")"
end

local function forget(meta, key)
    local place = meta.places[key_of(key)]
    if place == nil then return false end
    meta.places[key_of(key)], meta.keys[place], meta.values[place] = nil, nil, nil
    meta.count = meta.count - 1
    return true
end

local function remember(meta, key, value)
    local place = meta.places[key_of(key)]
    if place == nil then
        place = meta.last + 1
        meta.places[key_of(key)], meta.keys[place] = place, key
        meta.last, meta.count = place, meta.count + 1
    end
    meta.values[place] = value
end

local function proxy(name)
    local meta = {__name = name, places = {}, keys = {}, values = {}, last = 0, count = 0}
    function meta.__len() return meta.count end
    function meta.__pairs()
        local place = 0
        return function()
            while place < meta.last do
                place = place + 1
                if meta.keys[place] ~= nil then return meta.keys[place], meta.values[place] end
            end
        end
    end
    return setmetatable({}, meta), meta
end

-- A dict of pairs, {key, value}. d[key] raises KeyError where there is none, unless make() gives what is to be there, or
-- missing is what is then read.
local function dict(entries, make, missing)
    local self, meta = proxy("dict")
    function meta.__index(_, key)
        local place = meta.places[key_of(key)]
        if place ~= nil then return meta.values[place] end
        if missing ~= nil then return missing end
        if not make then raise("KeyError", tostring(key)) end
        remember(meta, key, make())
        return meta.values[meta.last]
    end
    function meta.__newindex(_, key, value)
        if value == nil then raise("beyond", "None in a dict") end
        remember(meta, key, value)
    end
    for _, entry in ipairs(entries or {}) do self[entry[1]] = entry[2] end
    return self
end

-- A set: s[key] = true adds, and s[key] is true or nil.
local function set(elements)
    local self, meta = proxy("set")
    function meta.__index(_, key) return meta.values[meta.places[key_of(key)]] end
    function meta.__newindex(_, key, value)
        if value then remember(meta, key, true) else forget(meta, key) end
    end
    for _, element in ipairs(elements or {}) do self[element] = true end
    return self
end

-- Whether a dict or a set has a key.
local function has(entries, key)
    return getmetatable(entries).places[key_of(key)] ~= nil
end

local function get(entries, key, default)
    if has(entries, key) then return entries[key] end
    return default
end

-- How often each element is there; others are there 0 times.
local function count_all(list)
    local counts = dict({}, nil, 0)
    for _, value in ipairs(list) do counts[value] = counts[value] + 1 end
    return counts
end

local function setdefault(entries, key, default)
    if not has(entries, key) then entries[key] = default end
    return entries[key]
end

-- Take a key out of a dict or a set; returns its value.
local function take(entries, key, default)
    local value = get(entries, key)
    if not forget(getmetatable(entries), key) then
        if default == nil then raise("KeyError", tostring(key)) end
        return default
    end
    return value
end

local function discard(entries, key)
    forget(getmetatable(entries), key)
end

-- A function that remembers what it returned.
local function cached(f)
    local known = {}
    return function(...)
        local parts = {}
        for i = 1, select("#", ...) do
            local key = key_of((select(i, ...)))
            parts[i] = type(key) .. #tostring(key) .. ":" .. tostring(key)
        end
        local key = table.concat(parts, ",")
        if not known[key] then known[key] = {f(...)} end
        return known[key][1]
    end
end

local function keys(entries)
    local list = {}
    for key in pairs(entries) do list[#list + 1] = key end
    return list
end

local function values(entries)
    local list = {}
    for _, value in pairs(entries) do list[#list + 1] = value end
    return list
end

local function items(entries)
    local list = {}
    for key, value in pairs(entries) do list[#list + 1] = {key, value} end
    return list
end

local function update(entries, more)
    for key, value in pairs(more) do entries[key] = value end
end

local function clear(entries)
    for _, key in ipairs(keys(entries)) do forget(getmetatable(entries), key) end
end

local function union(a, b)
    local result = set(keys(a))
    for key in pairs(b) do result[key] = true end
    return result
end

local function intersection(a, b)
    local result = set()
    for key in pairs(a) do
        if has(b, key) then result[key] = true end
    end
    return result
end

local function difference(a, b)
    local result = set()
    for key in pairs(a) do
        if not has(b, key) then result[key] = true end
    end
    return result
end

local function symmetric_difference(a, b)
    return union(difference(a, b), difference(b, a))
end

local function issubset(a, b)
    for key in pairs(a) do
        if not has(b, key) then return false end
    end
    return true
end

local function isdisjoint(a, b)
    return #intersection(a, b) == 0
end

-- Whether two values are equal, with all inside them.
local function equal(a, b)
    if type(a) ~= "table" or type(b) ~= "table" or a == b then return a == b end
    local mt = getmetatable(a)
    if (mt and mt.__name) ~= (getmetatable(b) and getmetatable(b).__name) or #a ~= #b then return false end
    if mt and mt.__name ~= "dict" and mt.__name ~= "set" then return false end
    if mt then
        for key, value in pairs(a) do
            if not has(b, key) or not equal(value, b[key]) then return false end
        end
        return true
    end
    for i = 1, #a do
        if not equal(a[i], b[i]) then return false end
    end
    return true
end

-- Whether a is before b: numbers, strings, and sequences element by element.
local function less(a, b)
    if type(a) ~= "table" or getmetatable(a) then return a < b end
    for i = 1, math.min(#a, #b) do
        if not equal(a[i], b[i]) then return less(a[i], b[i]) end
    end
    return #a < #b
end

-- Sequences.

-- The element of a list at an index of Python.
local function at(list, index)
    local value = list[index < 0 and #list + index + 1 or index + 1]
    if value == nil then raise("IndexError", "list index out of range") end
    return value
end

local function put(list, index, value)
    local place = index < 0 and #list + index + 1 or index + 1
    if place < 1 or place > #list then raise("IndexError", "list assignment index out of range") end
    list[place] = value
end

-- The character of a string at an index of Python.
local function char(text, index)
    local place = index < 0 and #text + index + 1 or index + 1
    if place < 1 or place > #text then raise("IndexError", "string index out of range") end
    return text:sub(place, place)
end

local function chars(text)
    local list = {}
    for c in text:gmatch(".") do list[#list + 1] = c end
    return list
end

-- The first place and the last, counted from 1, of a slice; and its step.
local function bounds(count, start, stop, step)
    step = step or 1
    if step == 0 then raise("ValueError", "slice step cannot be zero") end
    local low, high = 0, count
    if step < 0 then low, high = -1, count - 1 end
    local function within(index, default)
        if index == nil then return default end
        if index < 0 then index = index + count end
        return math.max(low, math.min(high, index))
    end
    start = within(start, step < 0 and high or low)
    stop = within(stop, step < 0 and low or high)
    return start + 1, step < 0 and stop + 2 or stop, step
end

local function slice(sequence, start, stop, step)
    local first, last, by = bounds(#sequence, start, stop, step)
    if type(sequence) == "string" then
        if by == 1 then return sequence:sub(first, last) end
        local parts = {}
        for i = first, last, by do parts[#parts + 1] = sequence:sub(i, i) end
        return table.concat(parts)
    end
    local list = {}
    for i = first, last, by do list[#list + 1] = sequence[i] end
    return list
end

-- Put values in the place of a slice of a list.
local function splice(list, start, stop, new)
    local first, last = bounds(#list, start, stop)
    last = math.max(last, first - 1)
    local after = table.move(list, last + 1, #list, 1, {})
    for i = #list, first, -1 do list[i] = nil end
    for _, value in ipairs(table.move(new, 1, #new, 1, {})) do list[#list + 1] = value end
    for _, value in ipairs(after) do list[#list + 1] = value end
end

local function copy(list)
    return table.move(list, 1, #list, 1, {})
end

local function copy_dict(entries)
    local result = dict()
    update(result, entries)
    return result
end

local function copy_set(entries)
    return set(keys(entries))
end

local function concat(a, b)
    return table.move(b, 1, #b, #a + 1, table.move(a, 1, #a, 1, {}))
end

local function extend(list, more)
    table.move(more, 1, #more, #list + 1, list)
end

-- A list of some elements, again and again.
local function times(list, count)
    local result = {}
    for _ = 1, count do table.move(list, 1, #list, #result + 1, result) end
    return result
end

local function contains(list, value)
    for i = 1, #list do
        if equal(list[i], value) then return true end
    end
    return false
end

-- Where a value is first in a list.
local function index_of(list, value)
    for i = 1, #list do
        if equal(list[i], value) then return i - 1 end
    end
    raise("ValueError", "is not in list")
end

local function count_of(list, value)
    local count = 0
    for i = 1, #list do
        if equal(list[i], value) then count = count + 1 end
    end
    return count
end

local function pop(list, index)
    index = index or -1
    local value = at(list, index)
    table.remove(list, index < 0 and #list + index + 1 or index + 1)
    return value
end

local function popleft(list)
    return pop(list, 0)
end

local function appendleft(list, value)
    table.insert(list, 1, value)
end

local function insert(list, index, value)
    if index < 0 then index = math.max(0, #list + index) end
    table.insert(list, math.min(index, #list) + 1, value)
end

local function remove(list, value)
    table.remove(list, index_of(list, value) + 1)
end

local function empty(list)
    for i = #list, 1, -1 do list[i] = nil end
end

local function reverse(list)
    for i = 1, #list // 2 do list[i], list[#list - i + 1] = list[#list - i + 1], list[i] end
end

local function reversed(list)
    local result = {}
    for i = #list, 1, -1 do result[#result + 1] = list[i] end
    return result
end

-- Sort a list in place; equals stay in their order.
local function sort(list, key, descending)
    local entries = {}
    for i, value in ipairs(list) do
        local by = value
        if key then by = key(value) end
        entries[i] = {by, i, value}
    end
    table.sort(entries, function(a, b)
        if less(a[1], b[1]) then return not descending end
        if less(b[1], a[1]) then return descending or false end
        return a[2] < b[2]
    end)
    for i, entry in ipairs(entries) do list[i] = entry[3] end
end

-- The entries of a dict with the greatest values first, at most so many.
local function most_common(entries, most)
    local list = items(entries)
    sort(list, function(entry) return entry[2] end, true)
    return table.move(list, 1, math.min(most or #list, #list), 1, {})
end

local function sorted(list, key, descending)
    local result = copy(list)
    sort(result, key, descending)
    return result
end

-- The first of the least elements.
local function least(list, key, default)
    local best = list[1]
    if best == nil then
        if default == nil then raise("ValueError", "min() arg is an empty sequence") end
        return default
    end
    for i = 2, #list do
        local value = list[i]
        if key and less(key(value), key(best)) or not key and less(value, best) then best = value end
    end
    return best
end

-- The first of the greatest elements.
local function greatest(list, key, default)
    local best = list[1]
    if best == nil then
        if default == nil then raise("ValueError", "max() arg is an empty sequence") end
        return default
    end
    for i = 2, #list do
        local value = list[i]
        if key and less(key(best), key(value)) or not key and less(best, value) then best = value end
    end
    return best
end

local function sum(list, start)
    local total = start or 0
    for _, value in ipairs(list) do total = total + value end
    return total
end

local function range(start, stop, step)
    if step == 0 then raise("ValueError", "range() arg 3 must not be zero") end
    local list = {}
    for i = start, step > 0 and stop - 1 or stop + 1, step do list[#list + 1] = i end
    return list
end

local function zip(...)
    local lists, result = {...}, {}
    while true do
        local row = {}
        for i, list in ipairs(lists) do
            row[i] = list[#result + 1]
            if row[i] == nil then return result end
        end
        if #row == 0 then return result end
        result[#result + 1] = row
    end
end

local function enumerate(list, start)
    local result = {}
    for i, value in ipairs(list) do result[i] = {i - 1 + (start or 0), value} end
    return result
end

local function map(f, list)
    local result = {}
    for i, value in ipairs(list) do result[i] = f(value) end
    return result
end

local function filter(f, list)
    local result = {}
    for _, value in ipairs(list) do
        if f(value) then result[#result + 1] = value end
    end
    return result
end

local function any(list, test)
    for _, value in ipairs(list) do
        if test(value) then return true end
    end
    return false
end

local function all(list, test)
    for _, value in ipairs(list) do
        if not test(value) then return false end
    end
    return true
end

-- What an iterator gives, in a list.
local function collect(iterator)
    local list = {}
    for value in iterator do list[#list + 1] = value end
    return list
end

-- The elements of a sequence that must have so many.
local function unpack(list, count)
    if #list < count then raise("ValueError", "not enough values to unpack") end
    if #list > count then raise("ValueError", "too many values to unpack") end
    return table.unpack(list)
end

-- Strings.

-- The text of a float: the shortest that is read as the same float.
local function float_text(x)
    if x ~= x then return "nan" end
    if x == math.huge then return "inf" end
    if x == -math.huge then return "-inf" end
    local digits = 17
    for count = 1, 17 do
        if tonumber(string.format("%." .. count .. "g", x)) == x then
            digits = count
            break
        end
    end
    local exponent = tonumber(string.format("%." .. digits - 1 .. "e", x):match("e(.*)$"))
    if exponent < -4 or exponent >= 16 then
        local text = string.format("%." .. digits - 1 .. "e", x)
        return text
    end
    local text = string.format("%." .. math.max(digits - 1 - exponent, 0) .. "f", x)
    return text:find(".", 1, true) and text or text .. ".0"
end

local function quoted(text)
    local quote = (text:find("'", 1, true) and not text:find('"', 1, true)) and '"' or "'"
    local body = text:gsub("[%c\\" .. quote .. "\127]", function(c)
        local known = ({["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ["\\"] = "\\\\", [quote] = "\\" .. quote})[c]
        return known or string.format("\\x%02x", c:byte())
    end)
    return quote .. body .. quote
end

-- str() and, of what is inside, repr().
local function str(value, is_inside)
    if value == nil then return "None" end
    if type(value) == "boolean" then return value and "True" or "False" end
    if math.type(value) == "float" then return float_text(value) end
    if type(value) == "string" then return is_inside and quoted(value) or value end
    if type(value) ~= "table" then return tostring(value) end
    local mt, parts = getmetatable(value), {}
    if mt and mt.__name == "dict" then
        for key, each in pairs(value) do parts[#parts + 1] = str(key, true) .. ": " .. str(each, true) end
        return "{" .. table.concat(parts, ", ") .. "}"
    end
    if mt then return tostring(value) end
    for i, each in ipairs(value) do parts[i] = str(each, true) end
    return "[" .. table.concat(parts, ", ") .. "]"
end

local function str_tuple(value)
    local parts = {}
    for i, each in ipairs(value) do parts[i] = str(each, true) end
    return "(" .. table.concat(parts, ", ") .. (#parts == 1 and ",)" or ")")
end

-- A text in a field of some width.
local function pad(text, width, fill, where)
    local missing = width - #text
    if missing <= 0 then return text end
    if where == "<" then return text .. fill:rep(missing) end
    if where == ">" then return fill:rep(missing) .. text end
    local left = missing // 2
    return fill:rep(left) .. text .. fill:rep(missing - left)
end

-- str.center puts the odd blank where the width says (unicodeobject.c: unicode_center_impl).
local function center(text, width, fill)
    local missing = width - #text
    if missing <= 0 then return text end
    local left = missing // 2 + (missing & width & 1)
    return (fill or " "):rep(left) .. text .. (fill or " "):rep(missing - left)
end

local function ljust(text, width, fill)
    return pad(text, width, fill or " ", "<")
end

local function rjust(text, width, fill)
    return pad(text, width, fill or " ", ">")
end

local function zfill(text, width)
    local sign, rest = text:match("^([+-]?)(.*)$")
    return sign .. ("0"):rep(width - #text) .. rest
end

-- An integer with a sign between groups of three digits.
local function grouped(text, mark)
    local sign, whole, rest = text:match("^(-?)(%d+)(.*)$")
    if not whole then return text end
    whole = whole:reverse():gsub("%d%d%d", "%0" .. mark):reverse()
    if whole:sub(1, 1) == mark then whole = whole:sub(2) end
    return sign .. whole .. rest
end

local BLANKS = " \t\n\r\v\f\28\29\30\31"

local function lstrip(text, marks)
    local first = 1
    while first <= #text and (marks or BLANKS):find(text:sub(first, first), 1, true) do first = first + 1 end
    return text:sub(first)
end

local function rstrip(text, marks)
    local last = #text
    while last > 0 and (marks or BLANKS):find(text:sub(last, last), 1, true) do last = last - 1 end
    return text:sub(1, last)
end

local function strip(text, marks)
    return lstrip(rstrip(text, marks), marks)
end

local function split(text, separator, most)
    local parts, position = {}, 1
    most = most == nil and -1 or most
    if separator == nil then
        while true do
            local first, last = text:find("[^ \t\n\r\v\f\28-\31]+", position)
            if not first then return parts end
            if most >= 0 and #parts == most then
                parts[#parts + 1] = rstrip(text:sub(first))
                return parts
            end
            parts[#parts + 1] = text:sub(first, last)
            position = last + 1
        end
    end
    if separator == "" then raise("ValueError", "empty separator") end
    while most < 0 or #parts < most do
        local first, last = text:find(separator, position, true)
        if not first then break end
        parts[#parts + 1] = text:sub(position, first - 1)
        position = last + 1
    end
    parts[#parts + 1] = text:sub(position)
    return parts
end

-- Where a text is last in another, from 1; nil if it is not.
local function last_place(text, part)
    for first = #text - #part + 1, 1, -1 do
        if text:sub(first, first + #part - 1) == part then return first end
    end
end

local function rsplit(text, separator, most)
    if separator == nil then raise("beyond", "rsplit() at blanks") end
    if separator == "" then raise("ValueError", "empty separator") end
    local parts, rest = {}, text
    while most == nil or most < 0 or #parts < most do
        local first = last_place(rest, separator)
        if not first then break end
        table.insert(parts, 1, rest:sub(first + #separator))
        rest = rest:sub(1, first - 1)
    end
    table.insert(parts, 1, rest)
    return parts
end

local function splitlines(text)
    local lines = {}
    for line, ending in text:gsub("\r\n", "\n"):gmatch("([^\n\r\v\f\28-\30]*)([\n\r\v\f\28-\30]?)") do
        if line ~= "" or ending ~= "" then lines[#lines + 1] = line end
    end
    return lines
end

local function partition(text, separator)
    if separator == "" then raise("ValueError", "empty separator") end
    local first, last = text:find(separator, 1, true)
    if not first then return {text, "", ""} end
    return {text:sub(1, first - 1), separator, text:sub(last + 1)}
end

local function rpartition(text, separator)
    if separator == "" then raise("ValueError", "empty separator") end
    local first = last_place(text, separator)
    if not first then return {"", "", text} end
    return {text:sub(1, first - 1), separator, text:sub(first + #separator)}
end

local function replace(text, old, new, most)
    local parts, position, count = {}, 1, 0
    most = (most == nil or most < 0) and math.huge or most
    if old == "" then
        for i = 1, #text + 1 do
            if i - 1 < most then parts[#parts + 1] = new end
            parts[#parts + 1] = text:sub(i, i)
        end
        return table.concat(parts)
    end
    while count < most do
        local first, last = text:find(old, position, true)
        if not first then break end
        parts[#parts + 1] = text:sub(position, first - 1) .. new
        position, count = last + 1, count + 1
    end
    return table.concat(parts) .. text:sub(position)
end

local function find(text, part, start)
    start = start or 0
    if start < 0 then start = math.max(0, start + #text) end
    if start > #text then return -1 end
    return (text:find(part, start + 1, true) or 0) - 1
end

local function rfind(text, part)
    return (last_place(text, part) or 0) - 1
end

local function index_in(text, part)
    local place = find(text, part)
    if place < 0 then raise("ValueError", "substring not found") end
    return place
end

local function count_in(text, part)
    if part == "" then return #text + 1 end
    local count, position = 0, 1
    while true do
        local _, last = text:find(part, position, true)
        if not last then return count end
        count, position = count + 1, last + 1
    end
end

local function startswith(text, prefix)
    return text:sub(1, #prefix) == prefix
end

local function endswith(text, suffix)
    return suffix == "" or text:sub(-#suffix) == suffix
end

local function removeprefix(text, prefix)
    return startswith(text, prefix) and text:sub(#prefix + 1) or text
end

local function removesuffix(text, suffix)
    return endswith(text, suffix) and text:sub(1, #text - #suffix) or text
end

local function capitalize(text)
    return text:sub(1, 1):upper() .. text:sub(2):lower()
end

local function title(text)
    return (text:gsub("(%a)(%a*)", function(first, rest) return first:upper() .. rest:lower() end))
end

local function swapcase(text)
    return (text:gsub("%a", function(c) return c == c:upper() and c:lower() or c:upper() end))
end

local function is_all(text, pattern)
    return text:find(pattern) ~= nil
end

local function isupper(text)
    return text:find("%u") ~= nil and not text:find("%l")
end

local function islower(text)
    return text:find("%l") ~= nil and not text:find("%u")
end

local function chr(code)
    if code > 127 then raise("beyond", "a character that is not ASCII") end
    if code < 0 then raise("ValueError", "chr() arg not in range(0x110000)") end
    return string.char(code)
end

local function ord(text)
    if #text ~= 1 then raise("TypeError", "ord() expected a character") end
    return text:byte()
end

-- The truth of a value of which only its run says what it is.
local function truth(value)
    if value == nil or value == false or value == 0 or value == "" then return false end
    return type(value) ~= "table" or (getmetatable(value) or {}).__index == value or #value > 0
end
