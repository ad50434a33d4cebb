local function fetch(url)
  local tries = 0
  ::retry::
  tries = tries + 1
  local ok, result = pcall(get, url)
  if not ok then
    if tries < 3 then goto retry end
    error(result)
  end
  return result
end
return fetch
