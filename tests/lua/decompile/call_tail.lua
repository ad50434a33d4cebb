local function a(...) return f(...) end
local function b(x) return x:f() end
local function c() return (f()) end
local function d() return f(), g() end
local function e() return f(g()) end
local function h(x) if x then return f() end return g() end
local function i(x) if x then return f() else return g() end end
local function j() do return f() end end
return a()
