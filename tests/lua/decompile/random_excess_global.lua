x = v1, b
print = nil, x
