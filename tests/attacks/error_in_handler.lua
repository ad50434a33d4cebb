-- trick: errors in the handling of errors
-- stop: raw
-- agrees: 1
-- note: add(2, 3) raised

local function again(message) error(message) end
function add() return select(2, xpcall(error, again, "x")) and error(setmetatable({}, { __tostring = error })) end
reversed, greet, fail = add, add, add
