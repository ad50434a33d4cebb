local a = ...
local b = a == 1
local c = 1 == a
local d = a < 1
local e = 1 < a
local f = a > 1.5
local g = 1.5 > a
local h = a == "x"
local i = "x" == a
local j = a == nil
local k = nil == a
local l = a == true
local m = false ~= a
local n = 1 == 1
local o = "a" < "b"
local p = nil == nil
