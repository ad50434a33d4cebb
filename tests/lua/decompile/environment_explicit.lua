_ENV.x = 1
local a = _ENV.y
local b = _ENV
local c = _ENV["z z"]
_ENV[a] = b
_ENV[1] = 2
_ENV = _ENV
local d = _ENV[a]
return _ENV, x
