-- trick: functions with upvalues, without an end
-- verdict: memory
-- layer: lua

local t = {}
for index = 1, 1000000 do
    t[index] = function() return t, index end
end
print("BROKEN", #t)
