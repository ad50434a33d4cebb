-- trick: the parts of debug that reach everything
-- verdict: ok
-- layer: lua

for name in pairs(debug) do
    if name ~= "traceback" then print("BROKEN", name) end
end
