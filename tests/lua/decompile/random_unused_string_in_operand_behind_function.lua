("y")[v6], v6:y(function()
    v8 = {[""] = t, y}
end, "" and y)[v2] = nil
local c = ""

x.y = g(function() return "z" end, "z" and h)
return "z"
