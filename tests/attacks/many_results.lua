-- trick: more results than can be handed on
-- stop: limits
-- agrees: 1
-- note: values that are too large

local many = {}
for index = 1, 200000 do many[index] = index end
function add() return table.unpack(many) end
reversed, greet, fail = add, add, add
