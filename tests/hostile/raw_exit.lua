-- trick: ending without a record, as if nothing had run
-- verdict: error
-- layer: runner
-- raw_verdict: ok
-- raw_layer: runner

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
os._exit(0)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
