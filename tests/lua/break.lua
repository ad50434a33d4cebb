while true do
  local x = f()
  if x then break end
  local function g() return x end
  if g() then break end
end
