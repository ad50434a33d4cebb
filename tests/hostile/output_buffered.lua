-- trick: output that a large buffer holds back until the end
-- verdict: output
-- layer: process

io.stdout:setvbuf("full", 1 << 30)
for _ = 1, 8192 do
    io.write(string.rep("x", 1024))
end
