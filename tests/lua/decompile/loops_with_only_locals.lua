for i = 1, 3 do local x = i end
for k, v in pairs(t) do local w = v end
while f() do local x end
repeat local y = 1 until true
for i = 1, 3 do local a, b, c end
