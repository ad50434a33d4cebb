goto a
::a::
goto b
::b:: print(1)
do goto c end
::c::
