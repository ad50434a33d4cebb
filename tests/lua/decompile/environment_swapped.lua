local a, _ENV = _ENV, {}
x = a.y
a, _ENV = _ENV, a
z = x
do local _ENV = a w = z end
for _, _ENV in a.pairs(a) do x = y end
for _ENV = 1, 2 do end
