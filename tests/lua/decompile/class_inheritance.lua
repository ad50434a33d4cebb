local Base = {} Base.__index = Base
function Base.new(class, ...)
  local o = setmetatable({}, class)
  if o.init then o:init(...) end
  return o
end
local Derived = setmetatable({}, {__index = Base, __call = function(class, ...) return class.new(class, ...) end})
Derived.__index = Derived
function Derived:init(x, y) self.x, self.y = x or 0, y or 0 end
function Derived.__add(a, b) return Derived(a.x + b.x, a.y + b.y) end
function Derived:__tostring() return "(" .. self.x .. ", " .. self.y .. ")" end
return Derived
