repeat
  if a then b() end
until c
repeat
  if a then break end
until c
repeat
  if a then return end
until c
