x[1][2] = y, z, w
x[1], x[2] = y, z, w
