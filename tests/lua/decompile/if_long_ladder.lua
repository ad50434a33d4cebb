local function f(x)
  if x == 1 then return "one"
  elseif x == 2 then return "two"
  elseif x == 3 then return "three"
  elseif x == "a" then x = 1
  elseif x == "b" then x = 2
  elseif x == nil then x = 3
  elseif x == true then x = 4
  elseif x == 1.5 then x = 5
  else x = 6 end
  return x
end
