local function a() return end
local function b() return nil end
local function c() return 1, 2, 3 end
local function d(x) return x end
local function e(x, y) return y, x end
local function f(x, y) return x, y end
local function g() return (f()) end
local function h() return {}, function() end end
local function i(x) return x.y end
local function j(x) return x.y.z, x[1] end
local function k(x) return not x, -x, #x end
local function l() return nil, nil, false end
local function m(...) return 1, ... end
