-- trick: other global functions, to fool the sandbox
-- verdict: ok
-- layer: lua

local outside, secret = ...
type = function() return "number" end
select, pcall, error, tostring, rawget, next = function() return 0 end, function() return true end, print, type, nil, nil
string.find, string.gsub, string.format, string.match = function() end, function(s) return s end, print, print
table.unpack, table.concat, io.type = print, print, print
local file = io.open(secret)
if file then io.write(file:read("a")) end
load("\27Lua")
