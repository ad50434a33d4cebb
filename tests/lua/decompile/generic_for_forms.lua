for k in pairs(t) do f(k) end
for k, v in pairs(t) do f(k, v) end
for a, b, c, d, e in g() do f(a, b, c, d, e) end
for k, v in next, t do f(k, v) end
for k, v in next, t, nil do f(k, v) end
for k, v in x do f(k, v) end
for k, v in x, nil do f(k, v) end
for k, v in a, b, c do f(k, v) end
for k, v in a, g() do f(k, v) end
for k, v in ... do f(k, v) end
for k, v in a, ... do f(k, v) end
for k, v in (g()) do f(k, v) end
