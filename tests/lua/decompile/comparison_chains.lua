local a, b, c = ...
if a < b and b < c and c < d then x() end
if a > b and b > c or c > d then x() end
return a < b == (b < c), (a < b) == c, a == (b == c)
