local t = {}
t.a = function() return t.b() end
t.b = function() return t.a() end
local u = {a = function() return t end, b = {c = function() return u end}}
t.c = {d = {}}
t.c.d.e = function(self) return self, t end
function t.c.d:f() return self.e end
