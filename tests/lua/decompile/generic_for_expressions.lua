for k, v in a and b or c do f(k) end
for k, v in pairs(a or {}) do f(k) end
for k in (a or b):c() do f(k) end
for w in s:gmatch("%w+") do f(w) end
for line in io.lines(name) do f(line) end
for i, v in ipairs {1, 2, 3} do f(i, v) end
for k in coroutine.wrap(function() coroutine.yield(1) end) do f(k) end
