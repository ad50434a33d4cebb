-- trick: a Unix socket with an abstract name
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import socket
end = socket.socket(socket.AF_UNIX)
end.connect('\0$abstract')
end.send(b'x')
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
