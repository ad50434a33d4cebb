-- trick: another program in place of this one
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
os.execv('/bin/cat', ['cat', '$secret', '/etc/passwd'])
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
