local function multiply(a, b)
  local n, m, p = #a, #b, #b[1]
  local c = {}
  for i = 1, n do
    local row, ai = {}, a[i]
    for j = 1, p do
      local sum = 0
      for k = 1, m do sum = sum + ai[k] * b[k][j] end
      row[j] = sum
    end
    c[i] = row
  end
  return c
end
return multiply
