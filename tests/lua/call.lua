f()
f(1, "two", nil)
f "string"
f {}
local a, b, c = f(), g()
h(f(...))
print((f()))
return f(), f()
