local f
f = function() return f end
local g = nil
g = function() g = nil end
local t = {}
t.f = function() return t end
function t.g() return t.f end
function t:h() return self, t end
