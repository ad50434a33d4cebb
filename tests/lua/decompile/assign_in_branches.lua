local x
if a then x = 1 else x = 2 end
if a then x = b elseif c then x = d else x = nil end
if a then x = b end
if not x then x = c end
x = a and 1 or 2
local y = x
if a then y = x + 1 end
return x, y
