-- A string that decides a condition is named far before an instruction uses it
if "two words" then
    h.y = f, ..., not x
end
for i = 1, 2 do
    g(i)
end
h.name, t = g == "two words"
local a = "two words"
