local function f(a)
  if a == 1 then b() elseif a == 2 then c() elseif a == 3 then d() end
  if a == 1 then return b() elseif a == 2 then return c() elseif a == 3 then return d() end
  if a == 1 then elseif a == 2 then elseif a == 3 then d() end
end
