x(#256 + h)
if "a" then end
x(-257 + k, #258 * l)
repeat until "b"
