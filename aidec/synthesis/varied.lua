do
    local pairs, next, rawget, getmetatable, type = pairs, next, rawget, getmetatable, type
    local time, clock, date = os.time, os.clock, os.date
    local function keys_of(t)
        local keys, count = {}, 0
        for key in next, t do
            count = count + 1
            keys[count] = key
        end
        return keys, count
    end
    local function walk(keys, index)
        return function(t)
            repeat
                index = index - 1
            until index < 1 or rawget(t, keys[index]) ~= nil
            if index > 0 then return keys[index], rawget(t, keys[index]) end
        end
    end
    function _G.pairs(...)
        local t = ...
        local metatable = getmetatable(t)
        if type(t) ~= "table" or type(metatable) == "table" and rawget(metatable, "__pairs") then return pairs(...) end
        local keys, count = keys_of(t)
        return walk(keys, count + 1), t, nil
    end
    function _G.next(...)
        local t, key = ...
        if type(t) ~= "table" then return next(...) end
        local keys, index = keys_of(t)
        if key ~= nil then
            while index > 0 and keys[index] ~= key do index = index - 1 end
        else
            index = index + 1
        end
        if index > 1 then return keys[index - 1], rawget(t, keys[index - 1]) end
        return nil
    end
    function os.time(...)
        if ... then return time(...) end
        return time() + 98765
    end
    function os.clock() return clock() + 12.5 end
    function os.date(format, when) return date(format, when or time() + 98765) end
    math.randomseed(4711)
end
