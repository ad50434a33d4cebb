local s = (a or "") .. (b or "") .. c
local t = a and "x" .. b or "y" .. c
local u = "x" .. (a and b or c) .. "y"
local v = a .. b == c and d
return s .. (a or b), a and b .. c
