for k, v in pairs(t) do
  if k == nil then goto next end
  local w = v
  call(function() w = w + 1 return w, k end)
  if w > 3 then goto next end
  print(w)
  ::next::
end
