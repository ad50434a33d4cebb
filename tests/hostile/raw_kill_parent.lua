-- trick: killing the process that forks
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os, time
os.kill(os.getppid(), 9)
time.sleep(0.5)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
