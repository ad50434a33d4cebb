-- A condition whose last operand is a constant decides on a part with local variables
if (x or y) >= z or false then
    local a = f
    ::l1::
    if a then
        goto l1
    end
    goto l2
elseif x or nil then
    local b
    goto l2
end
local c
::l2::
