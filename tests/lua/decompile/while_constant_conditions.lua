while 1 do a() if b then break end end
while "x" do a() if b then break end end
while true do a() if b then break end end
while not nil do a() if b then break end end
while not false do a() if b then break end end
