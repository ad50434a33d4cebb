local object, name = ...
object:method()
object:method(1, ...):other "x"
local s = ("text"):rep(3):upper()
object.field:method {name}
return object:last(s)
