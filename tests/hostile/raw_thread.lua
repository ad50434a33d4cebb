-- trick: a thread
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import _thread, time
_thread.start_new_thread(time.sleep, (5,))
print('BROKEN', flush=True)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
