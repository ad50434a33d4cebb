-- trick: a text that nests parentheses a million deep
-- verdict: ok
-- layer: interpreter

print(load("return " .. string.rep("(", 1000000)))
