if f then
    for v1 = nil, nil do
        v2 = nil
    end
elseif "end" then end
