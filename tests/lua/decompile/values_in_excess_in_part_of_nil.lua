-- An assignment with a value in excess, and functions, in a part whose condition is nil
if nil then
    self = f, x
    function g.y()
        f = x
    end
    self[t:x(function()
        e[x] = v3
    end)] = f
elseif y then
    local v4 = 2
    x()
    x = nil
end
