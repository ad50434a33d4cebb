do
    local function v2()
        v1:y(v2)
    end
end
