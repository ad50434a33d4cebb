local function f(...) return ... end
local function g(a, ...) return a, ... end
local function h(...) local a, b = ... return b, a, ... end
local function i(...) return select("#", ...), {...} end
local function j(...) return (...) end
local function k(...) return f(...), g(...) end
local function l(...) for i = 1, ... do print(i) end end
local function m(...) return function(...) return ... end, ... end
local function n(...) end
