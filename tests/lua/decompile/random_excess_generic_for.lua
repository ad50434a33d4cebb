for a in b, c, d, e, f() do end
for a in b, c, d, ... do end
