-- trick: a process that leaves its session, and stays
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(20)
    os._exit(0)
print('BROKEN', flush=True)
time.sleep(0.1)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
