while false do a() end
while nil do b() end
while not 1 do c() end
