-- trick: unpacking a hundred million values
-- verdict: error
-- layer: interpreter

print(table.unpack({}, 1, 100000000))
