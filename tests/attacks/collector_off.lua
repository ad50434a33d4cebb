-- trick: a collector that is stopped, and finalizers that keep all alive
-- stop: limits
-- agrees: 1
-- note: add(2, 3) returned 0

collectgarbage("stop")
collectgarbage("setpause", 1000000)

function add() return 0 end
function reversed() return {} end
function greet() end
function fail() end
