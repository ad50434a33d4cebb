-- trick: writing a file outside as standard output
-- verdict: error
-- layer: lua

local outside, secret = ...
io.output(outside .. "/made")
io.write("x")
