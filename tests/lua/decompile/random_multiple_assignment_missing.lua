local v38
v33[nil], v33 = x
