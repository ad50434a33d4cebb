-- trick: a library of C
-- verdict: ok
-- layer: lua

print(package.loadlib and package.loadlib("libc.so.6", "system"))
if package.loadlib and package.loadlib("libc.so.6", "system") then print("BROKEN") end
