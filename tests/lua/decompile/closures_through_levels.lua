local a = ...
return function()
  return function()
    return function()
      a = a + 1
      return a, x
    end
  end
end
