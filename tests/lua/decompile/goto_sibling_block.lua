for i = 1, 9 do
  if i == 1 then
    if a then goto continue end
    x()
  elseif i == 2 then
    if b then goto continue end
    y()
  else
    if c then goto continue end
    z()
  end
  w()
  ::continue::
end
