local function f(t)
  local n = #t
  if n == 0 then return end
  local first, last = t[1], t[n]
  if first == last and n > 1 then return first end
  local x = first and last or n
  if x then return x end
end
