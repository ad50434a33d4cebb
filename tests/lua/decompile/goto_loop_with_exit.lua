local n = 0
::top::
if n >= 10 then goto done end
n = n + 1
print(n)
goto top
::done::
print("done")
