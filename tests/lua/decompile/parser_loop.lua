local function parse(s)
  local pos, tokens = 1, {}
  while pos <= #s do
    local c = s:sub(pos, pos)
    if c:match("%s") then
      pos = pos + 1
    elseif c == '"' then
      local e = s:find('"', pos + 1, true)
      if not e then return nil, "unfinished string at " .. pos end
      tokens[#tokens + 1], pos = s:sub(pos + 1, e - 1), e + 1
    elseif c:match("%d") then
      local n, e = s:match("^(%d+)()", pos)
      tokens[#tokens + 1] = tonumber(n)
      pos = e
    else
      local ok = c == "+" or c == "-" or c == "*"
      if not ok then break end
      tokens[#tokens + 1] = c
      pos = pos + 1
    end
  end
  return pos > #s and tokens or nil, pos
end
return parse
