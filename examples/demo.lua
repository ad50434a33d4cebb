-- A word counter: enough of Lua to make interesting bytecode.
local function count(text)
  local words, total = {}, 0
  for word in text:gmatch("%a+") do
    word = word:lower()
    words[word] = (words[word] or 0) + 1
    total = total + 1
  end
  return words, total
end

local words, total = count("The quick brown fox jumps over the lazy dog, and the dog sleeps.")
for word, n in pairs(words) do
  if n > 1 then
    print(("%-6s %d of %d (%.0f%%)"):format(word, n, total, 100 * n / total))
  end
end
