local x = 1
while f(x) and g(x) > 2 do
  x = x + 1
end
while #t > 0 do t[#t] = nil end
while (function() return x end)() do x = h() end
while not f() do end
while f() or g() do end
