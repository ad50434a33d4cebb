local v5 = not (nil and nil)
if nil then elseif not (not nil or t) < nil then end
(nil):next(not (nil and t))
