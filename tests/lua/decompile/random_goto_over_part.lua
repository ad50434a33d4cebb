if x then
    goto l0
    if f then end
    ::l0::
else
    self = g
end
