while a do break end
for i = 1, 3 do break end
for k, v in pairs(t) do break end
repeat break until x
while true do break end
