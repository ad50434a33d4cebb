-- Gotos close what their block declares behind the label, and others leave it
local x, y = ...
do
    ::l1::
    local a = x
    if a then
        goto l1
    end
    a()
end
::l2::
if y then
    goto l2
end
do
    ::l3::
    local a = x
    local b
    if b then
        goto l3
    end
    goto l2
end
