local e, g

local function set()
    e[nil], (nil)[x], e = nil
    e[1], e[2], e = 1, 2, 3
    e[1], e[2], g[3], g, e = x, 2, 3
    e[1], x[g][e], g[e], g, e = 1, 2
end
