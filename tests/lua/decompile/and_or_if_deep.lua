if a and (b or (c and (d or e))) then x() end
if ((a or b) and c or d) and e then x() end
if not (a and not (b or c)) then x() end
if (a and b or c) and (d and e or f) then x() end
if (a == 1 or b == 2) and (c ~= 3 or not d) and e < 4 then x() end
if a and b or c and d or e and f then x() end
