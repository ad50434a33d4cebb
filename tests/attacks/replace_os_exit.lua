-- trick: os.exit that does not end the process, and os.clock that stands still
-- stop: locals
-- agrees: 0
-- note: the chunk left the globals

function os.exit() return 5 end
function os.clock() return 0 end

function add() return 0 end
function reversed() return {} end
function greet() end
function fail() end
