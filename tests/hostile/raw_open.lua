-- trick: reading a file of others, and listing the root folder
-- verdict: error
-- layer: lua
-- raw_verdict: ok
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
for name in ('$secret', '/etc/passwd', '/proc/1/environ', '/proc/$victim/environ'):
    try:
        print(os.read(os.open(name, os.O_RDONLY), 4096), flush=True)
    except OSError as error:
        print(error, flush=True)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
