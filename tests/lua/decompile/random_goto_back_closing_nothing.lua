if v1 then elseif _G then
    ::l4::
    local b
    if _G then
        goto l4
    end
elseif y then end
