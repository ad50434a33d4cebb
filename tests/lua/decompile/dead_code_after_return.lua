local function f()
  do return 1 end
  print("dead")
end
local function g(a)
  if a then
    do return 1 end
    print("dead")
  end
  do return end
end
local function h()
  do return f() end
end
