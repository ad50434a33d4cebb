local function join(list, separator)
  local buffer, n = {}, 0
  for i = 1, #list do
    local item = list[i]
    if type(item) == "string" or type(item) == "number" then
      n = n + 1
      buffer[n] = item
      if i < #list and separator then
        n = n + 1
        buffer[n] = separator
      end
    end
  end
  return table.concat(buffer, "", 1, n), n
end
return join
