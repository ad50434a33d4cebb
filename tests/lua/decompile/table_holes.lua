local t = {nil, nil, 3}
local u = {1, nil, 3, nil, 5}
local v = {nil, x = nil, nil}
local w = {[1] = nil, [2] = nil}
local x = {nil, f()}
local y = {f(), nil}
