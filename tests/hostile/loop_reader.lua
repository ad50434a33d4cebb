-- trick: a reader function of load that never ends
-- verdict: time
-- layer: process

load(function() return " " end)
