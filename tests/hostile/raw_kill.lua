-- trick: killing another process
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
os.kill($victim, 9)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
