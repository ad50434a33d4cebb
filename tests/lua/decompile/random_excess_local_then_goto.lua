local v2 = f, x
::l0::
local i
goto l0
