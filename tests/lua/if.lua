local a = ...
if a then
  f(1)
elseif a == nil then
  f(2)
elseif not a then
  f(3)
else
  f(4)
end
if a then end
