for i = 1, 2 do f(i) end
for i = 1, 2 do f(i) end
while a do f() end
while a do f() end
repeat f() until a
repeat f() until a
