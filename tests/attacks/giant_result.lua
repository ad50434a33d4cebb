-- trick: results that are too large to be compared
-- stop: limits
-- agrees: 1
-- note: values that are too large

function add() local t = {} for index = 1, 100000 do t[index] = index end return t end
function reversed() return ("x"):rep(1 << 20) end
greet, fail = add, add
