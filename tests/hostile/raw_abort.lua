-- trick: ending by abort
-- verdict: error
-- layer: runner
-- raw_verdict: violation
-- raw_layer: runner

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import os
os.abort()
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
