local n = 0
repeat
  n = n + 1
  local done = n > 10
until done
repeat
  local x = f()
  local function g() return x end
until g()
