local a, b, c = ...
local function f() return a and b or c end
local function g() if a == b and not c then a = c end end
local function h() return a .. b .. c, #a, -b, not c, a == b end
local function i() return a + 1, 2 ^ b, c // 3, {a, x = b, [c] = a} end
local function j() a.x, b.y = c, a end
