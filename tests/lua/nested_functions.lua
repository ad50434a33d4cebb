local function one(a)
  local function two(b)
    local function three(c)
      return function(d)
        return a + b + c + d
      end
    end
    return three
  end
  return two, function() return one end
end
return one(1), one
