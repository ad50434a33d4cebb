local line = f()
while line and line ~= "" do line = f() end
while true do
  local l = f()
  if not l or l == "" then break end
  g(l)
end
local n = 0
while n < 10 and not t[n] do n = n + 1 end
