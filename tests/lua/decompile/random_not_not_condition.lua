if not not x then
    ::l0::
    if 3 then
        goto l0
    end
end
