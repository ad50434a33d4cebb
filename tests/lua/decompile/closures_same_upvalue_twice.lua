local n = 0
local function inc() n = n + 1 end
local function dec() n = n - 1 end
local function both() inc() dec() return n end
inc() both()
return n
