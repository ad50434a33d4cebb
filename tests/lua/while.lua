local n = 3
while n > 0 do
  n = n - 1
end
while true do
  if f() then break end
end
while false do g() end
