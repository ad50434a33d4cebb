-- trick: open files without an end
-- verdict: error
-- layer: lua
-- raw_verdict: error
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
for _ in range(1000):
    os.dup(1)
print('BROKEN', flush=True)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
