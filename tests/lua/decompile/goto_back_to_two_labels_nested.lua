repeat
    ::a::
    local v = nil, f
    if nil then
        if v then elseif d then
            if x then goto a end
            return t, v
        end
        local x
    elseif w then end
    do
        local y = g()
        while nil do
            if y then
                goto a
            elseif x then
                break
            end
        end
    end
until u
