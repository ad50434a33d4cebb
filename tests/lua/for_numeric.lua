for i = 1, 10 do print(i) end
for i = 10, 1, -1 do print(i) end
for x = 0.0, 1.0, 0.25 do print(x) end
for i = a, b, c do
  for j = i, i do print(i, j) end
end
