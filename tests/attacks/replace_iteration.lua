-- trick: next, pairs, ipairs and select that find nothing
-- stop: locals
-- agrees: 0
-- note: the chunk left the globals

function next() end
function pairs() return function() end end
function ipairs() return function() end end
function select() return 0 end

function add() return 0 end
function reversed() return {} end
function greet() end
function fail() end
