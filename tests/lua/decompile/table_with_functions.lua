local t = {
  a = function() return 1 end,
  b = function(self) return self.a() end,
  function(x) return x end,
  [1 + 1] = function(...) return ... end,
  c = {d = function() end},
}
return t
