-- trick: closing all files, those of the runner too
-- verdict: error
-- layer: runner
-- raw_verdict: ok
-- raw_layer: runner

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
for number in range(100):
    try:
        os.close(number)
    except OSError:
        pass
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
