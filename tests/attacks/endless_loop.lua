-- trick: a loop without an end, in each function
-- stop: limits
-- agrees: 1
-- note: ended by the limit of cpu

function add() while true do end end
reversed, greet, fail = add, add, add
