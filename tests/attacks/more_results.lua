-- trick: more results than are asked for, of which the first are right
-- stop: outside
-- agrees: 1
-- note: add(2, 3) returned 5, nil

function add(a, b) return a + b, nil end
function reversed(list) return { 3, 2, 1 }, nil end
function greet(name) print("hello " .. name) return #name, nil end
function fail(x) error("no " .. x, 0) end
