local yes, no = true, false
local equal = yes == no
local less = 1 < (...)
return equal, less, not yes
