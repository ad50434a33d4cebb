if true then
    repeat
        local v3
        goto l0
    until c
    local function v5()
        local b = v5
    end
    ::l0::
end
