-- trick: memory that is filled, so that the harness has none to report
-- stop: limits
-- agrees: 1
-- note: add(2, 3)

local kept = {}
function add() pcall(function() while true do kept[#kept + 1] = ("x"):rep(1 << 16) .. #kept end end) return 0 end
reversed, greet, fail = add, add, add
