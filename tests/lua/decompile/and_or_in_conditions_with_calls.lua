if f(a and b) then x() end
if f(a or b) and g(c or d) then x() end
if (a or b).c == d then x() end
if #(a or b) > 0 then x() end
if (a and b) == (c and d) then x() end
if (a == b) == (c == d) then x() end
if t[a or b] then x() end
if (a or b):c() and d then x() end
while f(a or b) do x() end
repeat x() until (a or b) == c
