-- Strings that decide conditions are the last constants, before a return without values
local function f()
    if v5 then elseif "s307" then end
    if "s308" then end
    return
end
if v5 then elseif "s307" then end
return
