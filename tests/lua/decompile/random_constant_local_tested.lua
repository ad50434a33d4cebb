local x = 3.25
if x then end
repeat
    local v2
until v2
