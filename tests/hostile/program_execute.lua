-- trick: a program, with os.execute
-- verdict: ok
-- layer: lua

local outside, secret = ...
print(os.execute("echo x > " .. outside .. "/made"))
if os.execute() then print("BROKEN: there is a shell") end
