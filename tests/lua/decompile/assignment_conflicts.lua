local a, i = {}, 1
i, a[i] = i + 1, 20
a, a.x = 1, 2
a.x, a = 1, 2
a[i], i = i, a[i]
a[i], a, i = 1, 2, 3
a[a], a = a, a
a.x.y, a = a, 1
