for d = v4, nil do
    repeat
        if true then
            local v22
            return function()
                d = f
                return v22
            end
        elseif nil then end
        local v27
    until b
end
for k, v in pairs(t) do
    repeat
        if true then
            local a
            f(function() k, a = a, v end)
        elseif nil then end
        local b, c = g()
    until b or c
end
