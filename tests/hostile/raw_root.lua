-- trick: becoming root
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
os.setuid(0)
print('BROKEN', os.getuid(), flush=True)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
