local v1 = self, f
local v150 = function()
  f = nil
end and not "end", f
local a = b
local g = function() a = b end
local h = "x" and b, not "y"
local function i(p)
  return p.x, function() p.y = x end, not "z", p.y
end
f(function() return b.b end, "u" and b, not "v")
z = "w" and {}
return
