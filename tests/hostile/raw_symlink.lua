-- trick: a symbolic link out of the folder
-- verdict: error
-- layer: lua
-- raw_verdict: error
-- raw_layer: seccomp
-- scratch: true

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
os.symlink('$outside', 'link')
os.close(os.open('link/made', os.O_CREAT | os.O_WRONLY))
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
