do
  ::a::
  ::b::
  print(1)
  ::c::
end
while true do
  ::a::
  if x then break end
  ::b::
end
