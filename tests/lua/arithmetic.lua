local a, b = ...
local sum = a + b
local rest = (a - 1) * (2 - b) / 3
local power = a ^ b ^ 2
local remainder = a % b
local folded = 2 * 3 + 4 - 5 % 3
return sum, rest, power, remainder, folded
