for i = 1, 3 do
  while true do
    repeat
      if i == 2 then break end
      i = i + 1
    until i > 3
    if a then break end
  end
  if b then break end
end
