if 1 == 1.0 then f() end
if 3 < x then f() end
if x >= 4.0 then f() end
if 4 == x then f() end
if x == 4.0 then f() end
if 0 ~= x then f() end
if x == -0.0 then f() end
if x == 0.0 then f() end
