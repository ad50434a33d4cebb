while true do
  local line = read()
  while true do
    if not line then goto eof end
    if line == "x" then break end
    line = next_part(line)
  end
end
::eof::
close()
