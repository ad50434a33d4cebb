while true do
  if a then
    x()
    break
  else
    y()
    break
  end
end
while true do
  if a then break else break end
end
