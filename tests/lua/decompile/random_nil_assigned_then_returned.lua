for e = nil, nil do
    e = nil
    return nil, nil
end
