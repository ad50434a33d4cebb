if a == true then b() end
if a == false then b() end
if a ~= true then b() end
if not a == true then b() end
if not (a == true) then b() end
local x = a == true
local y = not a == not b
local z = (a == b) == true
return a ~= false, true == a
