local fs = {}
local n = 0
::again::
do
  local v = n
  fs[#fs + 1] = function() return v end
  n = n + 1
  if n < 5 then goto again end
end
return fs
