for i = 1, 10 do
  for j = 1, 10 do
    for k = 1, 10 do
      if i * j * k == 100 then goto found end
    end
  end
end
print("none")
::found::
print("end")
