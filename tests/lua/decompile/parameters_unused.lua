local function f(a, b, c) return b end
local function g(a, ...) return ... end
local function h(...) end
local function i(a) a = a end
local function j(a, b) local a = b return a end
local function k(self, x) self.x = x return self end
