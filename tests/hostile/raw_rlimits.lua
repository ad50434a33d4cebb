-- trick: raising the limits of the process
-- verdict: error
-- layer: lua
-- raw_verdict: error
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import resource
for name in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
    resource.setrlimit(name, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print('BROKEN', flush=True)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
