local s = ""
for i = 1, 10 do s = s .. i .. "," end
s = s .. s
s = "x" .. s
s = s .. "x"
s = (s .. "a") .. "b"
return s
