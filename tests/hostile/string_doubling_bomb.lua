-- trick: a string that doubles
-- verdict: memory
-- layer: lua

local text = "x"
while #text < 1 << 29 do
    text = text .. text
end
print("BROKEN", #text)
