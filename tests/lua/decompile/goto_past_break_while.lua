while cond() do
  if a() then goto next end
  if b() then
    c()
    goto next
  end
  break
  ::next::
end
