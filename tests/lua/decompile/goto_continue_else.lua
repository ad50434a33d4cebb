for _, x in ipairs(list) do
  if x.a then
    use(x)
  else
    goto continue
  end
  more(x)
  ::continue::
end
