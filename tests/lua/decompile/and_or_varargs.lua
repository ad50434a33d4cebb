local a = ... or 1
local b = (...) and 2
local c = ... and ... or ...
f(... or 1)
return ... or 1, ... and 2
