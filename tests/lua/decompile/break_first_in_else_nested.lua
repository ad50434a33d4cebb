while true do
  if a then
    if b then c() else break end
  else
    break
  end
  d()
end
