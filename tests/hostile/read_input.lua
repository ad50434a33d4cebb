-- trick: reading a file of others as standard input
-- verdict: error
-- layer: lua

local outside, secret = ...
io.input(secret)
print(io.read('a'))
