local function find(t, x)
  for i, v in ipairs(t) do
    if v ~= x then goto continue end
    do return i end
    ::continue::
  end
end
return find
