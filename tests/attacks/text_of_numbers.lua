-- trick: strings in the place of numbers, and numbers in the place of strings
-- stop: outside
-- agrees: 1
-- note: add(2, 3) returned "5"

function add(a, b) return (a + b) .. "" end
function reversed(list) return { "3", "2", "1" } end
function greet() return "3" end
function fail() end
