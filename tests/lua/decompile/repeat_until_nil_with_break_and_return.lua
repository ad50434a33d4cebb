-- The test of the loop is a constant, and a break and a return stand in a conditional before it
local v1 = ...
repeat
    if v1 then
        break
        return
    else
        local v2
    end
until nil
repeat
    if nil then
        break
        return
    else
        local v3
    end
until v1
