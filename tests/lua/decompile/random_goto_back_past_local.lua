::l1::
if t then else
    local v3
    goto l1
    if e then end
end
