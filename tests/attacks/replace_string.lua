-- trick: functions of string that pack other values
-- stop: locals
-- agrees: 0
-- note: the chunk left the globals

local pack = string.pack
function string.pack(form) return pack("<c1j", "i", 5) end
function string.format() return "5" end
function string.sub() return "" end

function add() return 0 end
function reversed() return {} end
function greet() end
function fail() end
