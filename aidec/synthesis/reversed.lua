local next, type, getmetatable, usual = next, type, getmetatable, pairs
function pairs(t)
    local metatable = getmetatable(t)
    if type(t) ~= "table" or type(metatable) == "table" and metatable.__pairs then return usual(t) end
    local keys, n = {}, 0
    for key in next, t do n = n + 1 keys[n] = key end
    return function()
        while n > 0 do
            local key = keys[n]
            n = n - 1
            if t[key] ~= nil then return key, t[key] end
        end
    end, t
end
