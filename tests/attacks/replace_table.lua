-- trick: functions of table that hand on other values
-- stop: locals
-- agrees: 0
-- note: the chunk left the globals

function table.unpack() return 2, 3, 5 end
function table.pack() return { n = 1, 5 } end
function table.concat() return "5" end
function table.sort() end

function add() return 0 end
function reversed() return {} end
function greet() end
function fail() end
