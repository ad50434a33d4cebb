local fs = {}
for i = 1, 10 do
  local x = i * 2
  if x % 3 == 0 then goto continue end
  fs[#fs + 1] = function() return x end
  ::continue::
end
return fs
