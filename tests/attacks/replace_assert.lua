-- trick: assert and error that do nothing
-- stop: locals
-- agrees: 0
-- note: the chunk left the globals

function assert(...) return ... end
function error() end

function add() return 0 end
function reversed() return {} end
function greet() end
function fail() end
