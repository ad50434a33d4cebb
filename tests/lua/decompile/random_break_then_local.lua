for a in v1 do
    if nil then elseif v1 then
        break
        local v9
    elseif v1 then end
end
