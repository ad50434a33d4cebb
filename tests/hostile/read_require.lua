-- trick: reading a file of others as a module, and asking whether it is there
-- verdict: ok
-- layer: lua

local outside, secret = ...
package.path = "/?;" .. secret
package.cpath = package.path
print(pcall(require, "x"))
if package.searchpath("passwd", "/etc/?") then print("BROKEN: it is there") end
for _, searcher in ipairs(package.searchers) do print(pcall(searcher, "etc/passwd")) end
