-- trick: writing a file outside
-- verdict: error
-- layer: lua
-- raw_verdict: error
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
os.write(os.open('$outside/made', os.O_CREAT | os.O_WRONLY), b'x')
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
