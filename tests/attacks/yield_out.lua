-- trick: yielding out of the harness
-- stop: raw
-- agrees: 1
-- note: add(2, 3) raised "attempt to yield from outside a coroutine"

function add() return coroutine.yield(5) end
reversed, greet, fail = add, add, add
