-- trick: an error handler that loops
-- verdict: time
-- layer: process

xpcall(error, function() while true do end end)
