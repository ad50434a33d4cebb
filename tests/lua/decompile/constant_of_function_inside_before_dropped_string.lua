-- A function inside gives a constant another number, so that it is listed again before a string that luac drops
local a = x.name
local f = function()
    return y, x
end
if "dropped" then
    a = x
end
if f or "dropped too" then
    a = z
end
