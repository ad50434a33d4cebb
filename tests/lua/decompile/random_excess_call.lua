x = a, f(), g()
print.y = nil, _G({y})
