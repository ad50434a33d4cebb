-- trick: output without an end, inside pcall
-- verdict: output
-- layer: process

for _ = 1, 8192 do
    pcall(io.write, string.rep("x", 1024))
end
