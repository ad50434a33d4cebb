for i = 1, 3 do
  for j = 1, 3 do
    if i == j then goto continue end
    print(i, j)
    ::continue::
  end
end
do
  goto finish
  ::unused::
end
::finish::
