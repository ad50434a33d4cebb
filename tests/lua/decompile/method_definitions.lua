local M = {}
function M.a() end
function M:b() return self end
function M.c.d() end
function M.c:d(x, ...) return self, x, ... end
function M.c.d.e:f() self.x = 1 end
M.g = function(self) return self end
M["h i"] = function(self) return self end
return M
