local a, b = ...
if a > b then a, b = b, a end
if a == b then return end
while a < b do a, b = a + 1, b - 1 end
return b > a, a >= b, b <= a
