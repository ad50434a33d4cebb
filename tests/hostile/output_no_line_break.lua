-- trick: output without a line break
-- verdict: output
-- layer: process

for _ = 1, 8192 do
    io.write(string.rep("x", 1024))
end
