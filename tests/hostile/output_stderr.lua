-- trick: output on stderr
-- verdict: output
-- layer: process

for _ = 1, 8192 do
    io.stderr:write(string.rep("x", 1024))
end
