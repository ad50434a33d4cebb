while true do
  local a
  local function f() return a end
  break
end
for i = 1, 3 do
  local a = i
  g(function() return a end)
  break
end
