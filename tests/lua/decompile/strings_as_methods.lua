("x"):rep(3)
local s = ("%d"):format(1)
local n = #("abc")
local t = ("abc").len
print(("a"):upper():lower())
return ("x" .. y):rep(2)
