-- A goto jumps over a local variable that nothing uses, before a condition that is nil
if nil then elseif "end" then
    local v1
    if v1 then
        goto l0
    end
    local d
elseif nil then
    f()
    goto l1
end
::l0::
::l1::
