(function() x = 1 end)()
local a = (function(b) return b + 1 end)(1)
f((function() return 1 end)())
local t = {(function() return 1 end)(), x = (function() return 2 end)()}
return (function(...) return select("#", ...) end)(...)
