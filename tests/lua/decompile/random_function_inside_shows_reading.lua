print = h
h = nil, function()
    a[x] = function()
        if x then elseif 393 then
            local v5 = 4294967296
            if v5 then end
        else
            c:value(h)
        end
    end
end
