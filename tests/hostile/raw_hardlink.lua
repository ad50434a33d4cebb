-- trick: a hard link to a file of others
-- verdict: error
-- layer: lua
-- raw_verdict: error
-- raw_layer: seccomp
-- scratch: true

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
os.link('$secret', 'link')
print(os.read(os.open('link', os.O_RDONLY), 4096), flush=True)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
