local held

g, ("a" and x and function() g[t] = x end)[y] = nil

local function set()
    held[nil >> k] = nil, print
    held[1 + z], held[2 * y] = nil, w
end

held[1 + u], v["s" and held and p] = nil, q
