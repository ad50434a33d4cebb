local fs, n = {}, 0
do
  ::again::
  local v = n
  fs[#fs + 1] = function() v = v + 1; return v end
  n = n + 1
  if n < 5 then goto again end
  print(n)
end
