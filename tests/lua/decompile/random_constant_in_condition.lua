if (nil)(nil and nil or g) then end
local v1 = (t or nil) and (f or 0.5) and nil
h()
