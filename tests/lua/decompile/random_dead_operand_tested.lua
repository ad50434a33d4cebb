local held

f((x or 256) and (not not held and nil))
f((x and y or 256) and not not held and y or nil)
