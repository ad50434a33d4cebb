local a = 1
do
  local b = 2
  function f() return a, b end
  do
    local c = 3
    function g() return a, b, c end
  end
  b = 4
end
do
  local d = 5
  function h() return d end
end
return a
