local a, b = ...
if f() > g() then x() end
if f() < g() then x() end
if a.x > b.x then x() end
if a.x >= b.x then x() end
if a > b.x then x() end
if a.x > b then x() end
if #a > #b then x() end
if f() > a then x() end
if a > f() then x() end
if 1 > f() then x() end
if f() > 1 then x() end
