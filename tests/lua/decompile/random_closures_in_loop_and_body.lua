for d in y do
    local v2
    if true then elseif function()
        if v2 then
            d[d] = _G
        end
    end then end
end
