for k, v in a, b, c, d do f(k, v) end
for k, v in a, b, g(), d do f(k, v) end
for k, v in a, b, c, g() do f(k, v) end
for k, v in a, b, c, ... do f(k, v) end
