local a = ...
if nil and a then goto q end
f()
::q::
if true or a then goto r end
f()
::r::
if not nil or a then goto s end
f()
::s::
while a do
  if 1 or a then break end
  f()
end
