local function f(a, b)
  while a do
    if b then
      x()
    else
      break
    end
    y()
  end
end
