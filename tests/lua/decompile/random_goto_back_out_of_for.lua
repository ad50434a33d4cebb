::l0::
for v3 in t do
    goto l0
end
local i
repeat
    local v5
until c
