local e
goto l0
::l0::
repeat
    goto l1
    ::l1::
until nil
