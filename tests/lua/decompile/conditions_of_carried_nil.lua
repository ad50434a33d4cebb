local function f(p)
  local a if nil then end
  local b, c if nil and p then g() end
  local d while nil do g() end
  local e if nil == p then g() end
  local h; local i = nil or p
  return a, b, c, d, e, h, i
end
