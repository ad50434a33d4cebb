while a do
  while b do
    while c do
      if d then break end
    end
    if e then break end
  end
  if f then break end
end
