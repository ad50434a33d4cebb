-- trick: a port that listens
-- verdict: error
-- layer: lua
-- raw_verdict: violation
-- raw_layer: seccomp

local outside, secret, tcp, udp, abstract, victim = ...
local values = { outside = outside, secret = secret, tcp = tcp, udp = udp, abstract = abstract, victim = victim }
local program = string.gsub([[
import socket
server = socket.socket()
server.bind(('127.0.0.1', 0))
server.listen()
print('BROKEN', flush=True)
]], "$(%w+)", values)
python.eval("exec")(program, python.eval("{}"))
