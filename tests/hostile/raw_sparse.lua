-- trick: a far place of a file
-- verdict: error
-- layer: lua
-- raw_verdict: output
-- raw_layer: process

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
os.pwrite(1, b'x', 1 << 40)
print('BROKEN', flush=True)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
