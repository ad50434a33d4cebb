(nil):value(not (not h and g))
local b = not (nil and (nil and nil))
