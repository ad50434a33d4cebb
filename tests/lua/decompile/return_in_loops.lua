local function f(t)
  for i, v in ipairs(t) do
    if v then return i, v end
  end
  while true do
    if g() then return end
  end
end
local function h(t)
  for i = 1, #t do return t[i] end
  repeat return 1 until x
end
