-- trick: a loop that catches all errors
-- stop: limits
-- agrees: 0
-- note: ended by the limit of cpu

while true do pcall(function() while true do pcall(error) end end) end
