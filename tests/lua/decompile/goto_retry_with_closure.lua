local function fetch(url)
  local tries = 0
  ::retry::
  local r
  local function set(x) r = x end
  tries = tries + 1
  get(url, set)
  if not r and tries < 3 then goto retry end
  return r
end
