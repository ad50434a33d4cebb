local function sort(a, less)
  less = less or function(x, y) return x < y end
  local n = #a
  repeat
    local swapped = false
    for i = 2, n do
      if less(a[i], a[i - 1]) then
        a[i], a[i - 1] = a[i - 1], a[i]
        swapped = true
      end
    end
    n = n - 1
  until not swapped
  return a
end
return sort
