f(c == "" and c or c)
f(c and c or c)
x = x == "" and false or x
local y = c == "" and c or c
local z = y == "" and y or y
z = y == 1 and z or y
return x == "" and false or x
