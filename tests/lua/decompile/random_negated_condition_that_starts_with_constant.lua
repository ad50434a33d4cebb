local a, t = ...
if not (nil and a) then f() end
if not (true or a) then f() end
if not ("s" or a) then f() end
if not (a and true or t) then f() end
while not (false and g()) do f() end
repeat f() until not (1 or a)
if a then f() elseif not (nil and t.x) then g() end
for i = 1, 3 do
  if not (true or a) and t then break end
  f(i)
end
