local function f(a, b) return a and b end
local function g(a, b) return a or b end
local function h(a, b) return a == b end
local function i(a, b, c) return a and b or c end
local function j(a, b) return a == 1 or b end
local function k(a, b) return not (a and b) end
local function l(a, b) return a and b, a or b end
local function m(a, b) return a and b == 1 end
local function n(a) return a or nil, a and true, a == nil or false end
