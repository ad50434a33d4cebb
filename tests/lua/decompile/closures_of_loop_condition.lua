while (function() return x end)() do f() end
repeat local y = f() until (function() return y end)()
for i = (function() return 1 end)(), 2 do f(i) end
for k in (function() return x end) do f(k) end
if (function() return x end)() then f() end
