local held

held = f(x >= ((x or "a") and held), x + (y and nil or held), held * (y and nil or 2))
f(x >= (nil and nil or nil), x == (y and nil or z and nil or nil), (y and nil or held) - x)
if x < (z and nil or held) then f() end
