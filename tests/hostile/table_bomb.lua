-- trick: tables without an end
-- verdict: memory
-- layer: lua

local t = {}
for index = 1, 8000000 do
    t[index] = {}
end
print("BROKEN", #t)
