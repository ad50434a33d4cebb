-- A goto goes back to before the conditional in which it is, whose else part has a local variable
::l0::
if y then elseif v1 then
    if y then
        goto l0
    end
else
    local v3
end
v1[nil] = v1
