local a = nil == (x and nil or nil)
f(true == (y and nil or true), "late" ~= (z and nil or a))
a = nil == (y and nil or not nil)
