-- trick: recursion through string.gsub, which takes C's stack
-- verdict: error
-- layer: interpreter

local function f(text)
    return string.gsub(text, ".", f)
end
f("x")
