-- The register of a variable that ended is that of another one, behind the label that a goto goes back to
local a, b = ...
do
    local c = a
    c.y, a = b, a
    do return end
    ::l1::
    local c = a
    local d
    ::l2::
    if b then
        goto l3
    end
    for k in a do
        d(b, k)
        if c then
            goto l3
        end
        goto l2
    end
    if a then
        goto l1
    end
    ::l3::
end
