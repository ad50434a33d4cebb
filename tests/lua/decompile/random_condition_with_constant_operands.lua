local a, b, t = ...
if nil and x or (b and nil or nil) then g() end
if x and a or not (nil and 1) then z = nil end
if a and (b or 1) and t then g() else f() end
if b and x or not (nil and 1) then while nil do end end
repeat f() until nil and x or not (nil and 1)
while a or (b or true) and t do
  if x and (nil or a) or not (true and b) then break end
end
