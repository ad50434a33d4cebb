local function f(a, b)
  if a then
    return 1
  else
    if b then
      return 2
    else
      return 3
    end
  end
end
local function g(a)
  if a then return end
end
local function h(a)
  if a then return else return a end
  print(a)
end
