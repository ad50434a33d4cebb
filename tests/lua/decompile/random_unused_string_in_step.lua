for i = x, y == (x ~= h), "" and 1 do
    f(i)
end
for i = 2, z, "late" and 1 do
    f("late", i)
end
