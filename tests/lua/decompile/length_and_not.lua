local a = ...
t[#t + 1] = a
t[#t] = nil
local n = #t - 1
local m = not a
local o = #t == 0
local p = not (#t == 0)
if #a > #t then f(#a) end
