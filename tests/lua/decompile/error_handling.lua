local ok, err = pcall(function() error({code = 1}) end)
if not ok then
  if type(err) == "table" and err.code == 1 then
    print("code", err.code)
  else
    error(err, 0)
  end
end
local function try(f, ...)
  local results = table.pack(xpcall(f, debug.traceback, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  return nil, results[2]
end
assert(try(print) or true)
