-- trick: processes that fork
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os, time
for _ in range(6):
    os.fork()
print('BROKEN', flush=True)
time.sleep(1)
os._exit(0)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
