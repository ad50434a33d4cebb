-- trick: a program made in the folder, with the set-user-ID bit
-- verdict: error
-- layer: lua
-- raw_verdict: error
-- raw_layer: seccomp
-- scratch: true

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
os.close(os.open('mine', os.O_CREAT | os.O_WRONLY))
os.chmod('mine', 0o4755)
os.execv('/bin/sh', ['sh', '-c', 'echo BROKEN'])
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
