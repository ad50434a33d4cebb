local function f(x) return x == "" and false or x end
local function g(x) return x == "" and nil or x end
local function h(x) local y = x == "" and false or x return y end
local function i(x) return x and false or x end
local function j(x) return x == 1 or false or x end
local function k(x) x = x == "" and false or x return x end
