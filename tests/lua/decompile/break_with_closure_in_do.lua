while true do
  do
    local x = f()
    g(function() return x end)
    if x > 1 then break end
  end
  h()
end
