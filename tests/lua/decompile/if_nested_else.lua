if a then
  if b then c() else d() end
else
  if e then f() else g() end
end
