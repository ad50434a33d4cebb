-- trick: string.dump, to learn the format
-- verdict: ok
-- layer: lua

print(pcall(string.dump, function() end))
if pcall(string.dump, function() end) then print("BROKEN") end
