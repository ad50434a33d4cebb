local a, i = {}, 1
return function()
  i, a[i] = i + 1, 20
  a.x, a = 1, 2
  a[i], i = i, a[i]
  a[i], a, i = 1, 2, 3
  a.x.y, a = a, 1
end
