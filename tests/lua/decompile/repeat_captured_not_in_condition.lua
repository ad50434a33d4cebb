repeat
  local x = f()
  t[#t + 1] = function() return x end
until done
