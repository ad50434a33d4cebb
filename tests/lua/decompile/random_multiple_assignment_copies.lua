local v4
local d = v4
d[nil], g[nil] = nil
