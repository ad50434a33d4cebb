for i, v in ipairs(t) do
  if v == 1 then a()
  elseif v == 2 then break
  elseif v == 3 then b() break
  elseif v == 4 then
    if c then break end
  elseif v == 5 then return
  else d() end
end
while x do
  if a then b() elseif c then d() else break end
end
