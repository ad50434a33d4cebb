-- trick: ignoring the signals of the limits
-- verdict: error
-- layer: lua
-- raw_verdict: error
-- raw_layer: seccomp
-- raw_wall: 8

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import signal
for number in (signal.SIGPROF, signal.SIGXCPU, signal.SIGXFSZ):
    signal.signal(number, signal.SIG_IGN)
while True:
    pass
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
