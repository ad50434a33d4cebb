if _G.next then
    local v7 = nil, nil
    v7.next = v7, function() local i = y local v10 = x.next end
end
v17[nil] = nil, x()
