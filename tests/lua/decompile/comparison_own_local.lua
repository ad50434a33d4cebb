local a, b = ...
a = a == b
a = a < b
b = not (a == b)
a, b = a == b, a < b
a = (a == b) == a
return a == a, a ~= a
