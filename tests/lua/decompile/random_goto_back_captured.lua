repeat
    local _ENV
    if function()
        if _ENV then end
    end then
        goto l0
        if nil then end
    end
    ::l0::
until a
v1 = nil, x
