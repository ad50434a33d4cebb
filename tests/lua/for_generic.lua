for key, value in pairs(t) do
  print(key, value)
end
for line in io.lines() do
  if line == "" then break end
end
for a, b, c, d in f, s, v do
  local function g() return a, d end
  g()
end
