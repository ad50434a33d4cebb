local function valid(x)
  return type(x) == "table" and x.name and #x.name > 0 and (x.kind == "a" or x.kind == "b" and x:check()) and not x.deleted
end
if type(x) == "table" and x.name and #x.name > 0 and (x.kind == "a" or x.kind == "b" and x:check()) and not x.deleted then f() end
while valid(x) and x.next and (x.next.value or 0) < 10 or x.first do x = x.next end
