-- trick: folders inside folders, which nobody may read
-- verdict: error
-- layer: lua
-- raw_verdict: error
-- raw_layer: seccomp
-- scratch: true

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
for _ in range(50):
    os.mkdir('d')
    os.chdir('d')
print('BROKEN', flush=True)
os.chmod('.', 0)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
