x = x == nil or x
a = a or x
a = a and x
a = a and a or a
a = not a or a
