local a = nil ~= not ((x or "a") and nil)
v2(nil ~= not ((x or "a") and nil))
v2(y ~= not ((x or "a") and nil))
