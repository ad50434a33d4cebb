local a, b, c = ...
a, b = b or a, a and b
a, b = a == b, b == c
a, b, c = a and b, b and c, c and a
t.x, t.y = a or b, b or c
x, y = a and b or c, b
x, a = b or c, c or b
a, x = b or c, c or b
a, t[b] = b and c, a
