-- trick: rawequal, rawget, rawlen and rawset that say what is wanted
-- stop: locals
-- agrees: 0
-- note: the chunk left the globals

function rawequal() return true end
function rawget() return 5 end
function rawlen() return 0 end
function rawset() end

function add() return 0 end
function reversed() return {} end
function greet() end
function fail() end
