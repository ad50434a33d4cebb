while a and b do c() end
while a or b do c() end
while not (a and b) do c() end
while not (a or b) do c() end
while a and (b or c) do d() end
while (a and b) or c do d() end
while a == 1 or b ~= 2 do d() end
while a < b and b <= c do d() end
