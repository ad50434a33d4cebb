-- trick: a text with a million local variables
-- verdict: ok
-- layer: interpreter

print(load(string.rep("local x;", 1000000)))
