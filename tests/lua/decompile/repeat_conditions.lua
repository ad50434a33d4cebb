repeat a() until b and c
repeat a() until b or c
repeat a() until not (b and c)
repeat a() until not (b or c)
repeat a() until b == 1 or c < 2 and not d
repeat local x = a() until (x or b) and (x or c)
