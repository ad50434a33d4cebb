-- trick: a connection to a port of this machine
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import socket
end = socket.socket()
end.connect(('127.0.0.1', $tcp))
end.send(b'x')
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
