local v0 = nil, nil, nil
f(nil, v0)
while x do
   local v1 = nil, nil, nil
   local v2 = nil .. x
   x = {nil, nil, nil}
   local v3 = nil, nil
   v3 = x(y)
end
local v0 = nil, nil, nil local v1 = nil .. x
