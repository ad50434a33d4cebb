local fs = {}
for i = 1, 3 do fs[#fs + 1] = function() return i end end
for k, v in pairs(t) do fs[k] = function() return v end end
local i = 0
while i < 3 do
  local j = i
  fs[i] = function() j = j + 1 return j end
  i = i + 1
end
repeat
  local k = i
  fs[i] = function() return k end
  i = i - 1
until i == 0
return fs
