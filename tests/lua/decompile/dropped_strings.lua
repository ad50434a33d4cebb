if "s" then end
d, g = p, p
if "t" then h = d end
f("t", "u")
while not "v" do f() end
local a, b = x, "w" and x
a, b = b, a
if x and not "z" then f() end
return a or "y"
