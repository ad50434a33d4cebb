-- trick: sleeping forever
-- verdict: error
-- layer: runner
-- raw_verdict: time
-- raw_layer: runner
-- raw_wall: 1

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import time
time.sleep(1000)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
