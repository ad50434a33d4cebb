do
  goto l
  print("dead")
  local x = 1
  ::l::
end
goto m
for i = 1, 3 do print(i) end
::m::
print("alive")
