if "\n" then
    local function x()
        v6:value()
        local a = "\n"
    end
end
x[self] = "\n"

g(function() return "late" end, "late")
if "late" then end local a = f(function() return "late" end) return "late"
