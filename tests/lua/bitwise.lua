local a, b = ...
local all = a & b | 0xFF
local odd = a ~ b
local shifted = a << 3 >> b
return ~all, odd, shifted, 1 << 62, ~0
