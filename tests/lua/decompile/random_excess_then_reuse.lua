b[f] = i, b
i[nil] = g
