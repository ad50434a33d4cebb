-- trick: reading a file of others in the message of a syntax error
-- verdict: error
-- layer: lua

local outside, secret = ...
print(loadfile(secret))
print(pcall(dofile, secret))
dofile(secret)
