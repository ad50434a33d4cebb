-- trick: os.tmpname, which makes a file in /tmp
-- verdict: ok
-- layer: lua

print(pcall(os.tmpname))
if pcall(os.tmpname) then print("BROKEN") end
