local i = 1
::top::
print(i)
i = i + 1
if i < 10 then goto top end
return i
