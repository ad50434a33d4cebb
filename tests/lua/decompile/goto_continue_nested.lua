for i = 1, 3 do
  for j = 1, 3 do
    if i == j then goto inner end
    if i + j == 4 then goto outer end
    print(i, j)
    ::inner::
  end
  print(i)
  ::outer::
end
