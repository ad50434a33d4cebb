local function producer(t)
  return coroutine.create(function()
    for i = 1, #t do
      local ok = coroutine.yield(t[i], i)
      if not ok then return "stopped", i end
    end
    return "done"
  end)
end
local co = producer {1, 2, 3}
while true do
  local ok, value, i = coroutine.resume(co, true)
  if not ok or coroutine.status(co) == "dead" then break end
  print(value, i)
end
