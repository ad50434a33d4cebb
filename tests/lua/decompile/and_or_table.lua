local t = {a and b, a or b, a == b, not a}
local u = {x = a and b, y = a or b, z = a == b, w = not a}
local v = {[a or b] = c or d, [a == b] = c == d}
local w = {a and b or c; (a or b); f(a or b), a or f(b)}
local x = {a and {b}, a or {}, {a or {b or {}}}}
