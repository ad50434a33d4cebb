local a
if "x" then end
local b, c
f(nil, true and nil, nil)
return b
