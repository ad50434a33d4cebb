local a, b, t = ...
a = x or (a or a)
b = x and (b and b)
a = x or (c and c or a)
b = x and (a and c or b)
t[nil], a = nil, nil and (a and a)
a, b = b, (x or y) and (b or b)
