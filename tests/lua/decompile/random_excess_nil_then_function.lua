local v6 = nil, x, nil
b = function() end
