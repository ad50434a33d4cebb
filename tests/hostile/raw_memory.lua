-- trick: memory that is not Lua's
-- verdict: error
-- layer: lua
-- raw_verdict: error
-- raw_layer: process

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
text = bytearray(1 << 29)
print('BROKEN', len(text), flush=True)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
