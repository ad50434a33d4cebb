if nil < (1e100 ~= nil) then end
local a = "s" <= (2.5 == "s"), nil < (y ~= (nil == 1))
return nil < (1 < nil), false > (7 == false)
