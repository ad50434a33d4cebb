if _G then
    if 3.25 then elseif nil then end
end
if nil then else
    goto l0
    ::l0::
end
