local functions = {}
for i = 1, 3 do
  local count = i
  functions[i] = function()
    count = count + 1
    return count
  end
end
do
  local again = 0
  ::top::
  local captured = again
  again = again + 1
  functions[#functions + 1] = function() return captured end
  if again < 3 then goto top end
end
return functions
