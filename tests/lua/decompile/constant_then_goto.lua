local function f(p, q)
  if 2.5 then goto a end
  do end
  ::a::
  while true do
    if true then goto b end
    f()
    ::b::
  end
end
local function g(p, q)
  if (f(p) or f(q)) and 1 then goto c end
  g()
  ::c::
  if true or p then p = p end
  return q
end
