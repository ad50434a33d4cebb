-- trick: an endless loop of goto
-- verdict: time
-- layer: process

::again:: goto again
