local _ENV = setmetatable({}, {__index = _ENV})
function f() return x end
function g() x = 1 return function() y = x end end
_ENV.z = 1
_ENV["a b"] = 2
return _ENV
