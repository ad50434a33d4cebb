local function run(s)
  local pos = 1
  ::state_a::
  pos = pos + 1
  if s[pos] == "b" then goto state_b end
  if s[pos] == "c" then goto state_c end
  do return false end
  ::state_b::
  pos = pos + 2
  if s[pos] == "a" then goto state_a end
  goto fail
  ::state_c::
  pos = pos + 3
  if s[pos] then goto state_a else goto fail end
  ::fail::
  return pos
end
return run
