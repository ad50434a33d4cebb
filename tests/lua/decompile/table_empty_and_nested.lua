local a = {}
local b = {{}}
local c = {{{}}, {{}, {}}}
local d = {{1, {2, {3, {4}}}}}
local e = {x = {y = {z = {}}}}
local f = {{x = 1}, {x = 2}, y = {1, 2}}
return {a, b, {c, {d}, e}, f}
