-- trick: reading a file of others with io.lines
-- verdict: error
-- layer: lua

local outside, secret = ...
for line in io.lines(secret) do print(line) end
