-- A condition that is nil has no goto in its sense: it stays a conditional among gotos
local y = ...
if y then
    repeat
        local v1
    until y
elseif nil then
    local function x()
        repeat until x
    end
elseif nil then
    goto l1
    y = nil
elseif y then end
::l1::
