repeat
    ::l0::
    local v4 = nil, f
    if nil then
        if v4 then elseif d then
            if x then
                goto l0
            end
            return t, v1
        end
        local x
    elseif v3 then end
until v2
