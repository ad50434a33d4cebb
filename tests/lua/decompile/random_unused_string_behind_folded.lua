local a = t
repeat
    if nil ~= not "two words" then
        if nil then
            h:x(not "a")
        elseif "y" then
            break
            local i = "a"
        end
    end
until i
repeat
    (-0.0)[nil] = y
until "a"
a[-0.0] = nil
a[nil or not "b"] = "c" and nil
repeat local x = -0.0 until "d"
