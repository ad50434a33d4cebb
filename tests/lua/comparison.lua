local a, b = ...
if a == b then f(1) end
if a ~= 1 then f(2) end
if a < b then f(3) end
if a <= "x" then f(4) end
if a > b then f(5) end
if 1 >= b then f(6) end
return a == nil, a ~= true, not (a < b)
