if nil then elseif x then
    goto l0
    ::l0::
elseif _G then end
