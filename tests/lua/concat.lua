local a, b = ...
local s = a .. b
s = s .. "x" .. 1 .. 2.5 .. a
return (s .. a) .. b
