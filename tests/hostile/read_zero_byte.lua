-- trick: a name that ends, for C, at a zero byte
-- verdict: ok
-- layer: lua

local outside, secret = ...
print(io.open(secret .. "\0.lua"))
local file = io.open(secret .. "\0")
print(file and file:read("a"))
