local function f(x) return false or x end
local function g(x) return nil and x end
local function h(x) return x and nil and x end
local function i(x) return x or nil or x end
local function j(x, y) return (x and nil) or y end
local function k(x, y) return (x or true) and y end
