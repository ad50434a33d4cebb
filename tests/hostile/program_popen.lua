-- trick: a program, with io.popen
-- verdict: error
-- layer: interpreter

local outside, secret = ...
print(io.popen("cat " .. secret):read("a"))
