local a
local b
local c = nil
local d, e
local f, g = nil, nil
do local h end
local i
do local j, k end
local l, m, n
return a, b, c, d, e, f, g, i, l, m, n
