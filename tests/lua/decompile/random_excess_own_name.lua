v4 = x, v4
v2 = h, {v2}
