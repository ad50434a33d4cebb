-- trick: a comparison of table.sort that never returns
-- verdict: time
-- layer: process

table.sort({ 3, 2, 1 }, function() while true do end end)
