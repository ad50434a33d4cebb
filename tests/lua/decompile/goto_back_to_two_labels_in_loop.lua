::l8::
if x then
    repeat
        ::l4::
        local x
        while nil do
            if x then end
            if x then
                goto l4
            end
        end
        repeat until nil
    until v1
elseif print then elseif y then
    local v6
    goto l8
    v6()
end

