-- trick: removing a file of others
-- verdict: ok
-- layer: lua

local outside, secret = ...
print(os.remove(outside .. "/keep"))
