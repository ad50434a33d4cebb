-- trick: memory that can be run
-- verdict: error
-- layer: lua
-- raw_verdict: error
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import mmap
mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
print('BROKEN', flush=True)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
