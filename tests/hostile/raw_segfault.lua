-- trick: reading address 0
-- verdict: error
-- layer: runner
-- raw_verdict: process
-- raw_layer: runner

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import ctypes
ctypes.string_at(0)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
