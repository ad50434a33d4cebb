repeat
    for v1 = nil, _G do end
    while "two words" do end
until v2
