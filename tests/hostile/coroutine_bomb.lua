-- trick: coroutines by the million
-- verdict: memory
-- layer: lua

local t = {}
for index = 1, 1000000 do
    t[index] = coroutine.create(print)
end
print("BROKEN", #t)
