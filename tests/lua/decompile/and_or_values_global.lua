x = a and b
x = a or b
x = a and b or c
x = (a or b) and c
x = a and b and c or d
x = (a or b) and (c or d)
x = not a and b
x = not (a and b) or c
