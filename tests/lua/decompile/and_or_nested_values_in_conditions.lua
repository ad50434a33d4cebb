if (a and b or c) == d then x() end
if (a == nil and 1 or 2) < d or e then x() end
local v = ((a or b) + 1 > c and d or e) or f
if v and ((a and 1 or 2) + (b and 3 or 4)) > 5 then x() end
