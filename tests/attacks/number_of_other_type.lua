-- trick: floats in the place of integers, and -0.0
-- stop: outside
-- agrees: 2
-- note: add(2, 3) returned 5.0, the original returned 5

function add(a, b) return a + b + 0.0 end
function reversed(list) return { 3.0, 2.0, 1.0 } end
function greet() return 3.0 end
function fail() end
