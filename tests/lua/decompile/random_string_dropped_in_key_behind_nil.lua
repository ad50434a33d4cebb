-- A string that decides a key is used later, and nil and booleans before it are no constants
if x then
    y:name(false)
elseif x then
    v1[not "two words"] = x
end
local v4 = "two words"
while x(nil) do
    repeat until not ("s354" or "end") == nil
end
print = "end"
