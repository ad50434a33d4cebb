i[nil] = function(b)
    if nil then else
        local v, w
        i()
    end
    b()
    b[f] = i, b
    i[nil] = g
end
