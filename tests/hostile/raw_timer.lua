-- trick: stopping the timer of the limit
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp
-- raw_wall: 8

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import signal
signal.setitimer(signal.ITIMER_PROF, 0)
while True:
    pass
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
