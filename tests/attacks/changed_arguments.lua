-- trick: arguments that are changed, so that a comparison with them holds
-- stop: outside
-- agrees: 3
-- note: reversed({1, 2, 3}) left the arguments

function add(a, b) return a + b end
function reversed(list)
    list[1], list[3] = list[3], list[1]
    return { list[1], list[2], list[3] }
end
function greet() end
function fail() end
