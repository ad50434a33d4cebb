-- trick: reading another process with ptrace
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(16, $victim, 0, 0) == 0:
    print('BROKEN', flush=True)
    libc.waitpid($victim, 0, 0)
    libc.ptrace(17, $victim, 0, 0)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
