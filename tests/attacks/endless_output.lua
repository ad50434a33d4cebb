-- trick: output without an end
-- stop: limits
-- agrees: 1
-- note: ended by the limit of output

function add() while true do io.write(("x"):rep(10000)) end end
reversed, greet, fail = add, add, add
