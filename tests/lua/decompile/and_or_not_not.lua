local a, b, c = ...
local x = not not (a and b)
local y = not not a and b
local z = a and not not b
local w = not not (a == b)
local v = not (not (a or b) and c)
local u = not not (a or b) or c
local t = not not not a
if not not a then print(a) end
if not not (a and b) then print(b) end
while not not a do a = f() end
