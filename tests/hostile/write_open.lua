-- trick: writing a file outside
-- verdict: error
-- layer: lua

local outside, secret = ...
local file = assert(io.open(outside .. "/made", "w"))
file:write("x")
file:close()
