while nil do
    local v1
    if function()
        if v1 then end
    end then end
    goto l1
    ::l1::
end
while x or nil do end
