-- trick: output at a far place of the file
-- verdict: output
-- layer: process

io.stdout:seek("set", 1 << 40)
io.write("x")
io.stdout:flush()
