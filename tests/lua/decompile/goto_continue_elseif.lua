for i = 1, 20 do
  if i == 1 then
    a()
    goto continue
  elseif i == 2 then
    b()
    goto continue
  elseif i == 3 then
    goto continue
  else
    c()
  end
  d()
  ::continue::
end
