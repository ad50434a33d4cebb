if y then elseif nil then
    local function x()
        repeat until x
    end
elseif nil then
    goto l1
    y = nil
elseif y then end
::l1::
