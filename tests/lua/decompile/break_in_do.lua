while true do
  do
    local x = f()
    if x then break end
    print(x)
  end
  do break end
end
