-- trick: a string that is longer than memory
-- stop: limits
-- agrees: 1
-- note: add(2, 3)

function add() return ("x"):rep(1 << 40) end
reversed, greet, fail = add, add, add
