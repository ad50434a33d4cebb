if true then
    repeat
        break
        goto l0
    until c
    local function v5()
        local b = v5
    end
    ::l0::
end

