local function f(a)
  return a ~= nil or "s" and a
end
local function h()
  return (nil)("t" and nil)
end
return f(h, not "u")
