repeat until a
repeat until a and b
repeat until not a or f()
repeat until a == b
