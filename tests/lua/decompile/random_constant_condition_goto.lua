if 472 then
    goto l1
    ::l1::
end
if true then
    goto l2
end
::l2::
