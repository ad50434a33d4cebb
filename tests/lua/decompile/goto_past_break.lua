for i = 1, 9 do
  if a(i) then goto next end
  break
  ::next::
end
