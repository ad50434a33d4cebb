local short = [[ab]]
local lines = [[

the first line break is dropped, the second is not
  "quotes" and \n stay as they are
]]
local levels = [==[
]] and ]=] inside ]==]
local forty = "1234567890123456789012345678901234567890"
local more = "12345678901234567890123456789012345678901"
return short, lines, levels, forty, more
