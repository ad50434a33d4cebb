for k, v in next, t do
  if v then
    local w = v
    t[k] = function() return w end
    if k == 1 then break end
    print(w)
  end
  print(k)
end
