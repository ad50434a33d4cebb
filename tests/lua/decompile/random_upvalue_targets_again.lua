local held, other

local function set(key)
    held, x, held[key] = print
    other[key], y, other, held = f(key)
    z, other[key], z[1] = 1, 2
end
