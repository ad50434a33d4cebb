f((a and (b or not c) and d) or h)
g((a or b and c or d) and h)
local v = (x or y and nil or z) and (t or not u and false) and w
