local i = not "key"
local v1 = x or "key"
repeat
    if i then elseif x then end
    return 4294967296
until "end"
