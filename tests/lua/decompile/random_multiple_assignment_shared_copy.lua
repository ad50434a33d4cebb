local function v2(e)
    e[nil], g[e], e = nil
end
