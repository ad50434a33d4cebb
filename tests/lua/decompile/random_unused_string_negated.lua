local v = not "end"
f("a", "b", not "c", d)
